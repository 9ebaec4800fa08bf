// Starts what the measurements need, each process on a port of its own, and ends it again.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../scripts/lib/postgres.mjs";
import { run } from "../scripts/lib/run.mjs";

const root = join(import.meta.dirname, "..");
const laneArgs = { fast: [], route: ["--mount=route"], alone: ["--no-pages"] };
const children = [];
const folders = [];

export async function startUpstream(script = "upstream.mjs") {
  if (!existsSync(join(root, "dist", "server.mjs"))) throw new Error("there is no build; run `npm run build` first");
  const child = start([join(import.meta.dirname, script)], {});
  return { port: await said(child, /^(\d+)/m), pid: child.pid };
}

/** A Gatehouse with a database of its own, filled by a seed script; what that prints last, as JSON, comes back with the address. */
export async function startLane(lane, seedScript, seedArgs) {
  if (!laneArgs[lane]) throw new Error(`there is no lane \`${lane}\`; choose from ${Object.keys(laneArgs).join(", ")}`);
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  folders.push(dataDir);
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const databaseUrl = process.env.TEST_DATABASE_URL;
  const args = ["--import", "tsx", seedScript, publicUrl, dataDir, databaseUrl ?? "", ...seedArgs];
  const seeded = JSON.parse((await run(process.execPath, args, { cwd: root })).trim().split("\n").at(-1));
  const env = { NODE_ENV: "production", PORT: String(port), PUBLIC_URL: publicUrl, DATA_DIR: dataDir, ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
  const child = start(["dist/server.mjs", ...laneArgs[lane]], env);
  await said(child, /Gatehouse is ready at (\S+)/);
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid, ...seeded };
}

export async function endAll() {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((child) => new Promise((resolve) => (child.exitCode === null ? child.once("close", resolve) : resolve()))));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function start(args, env) {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return child;
}

function said(child, pattern) {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const found = pattern.exec(output);
        if (found) resolve(found[1]);
      });
    }
    child.once("close", (code) => reject(new Error(`a process ended with ${code}:\n${output.slice(-2000)}`)));
  });
}
