// Compares one `tools/call` straight to an upstream with the same call through Gatehouse, on both mounts of the built server.
// `--rounds=3 --seconds=4 --workers=16 --lanes=fast,route`; needs `npm run build`. Loopback only; writes bench/results/latest.json.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../scripts/lib/postgres.mjs";
import { run } from "../scripts/lib/run.mjs";
import { measure } from "./load.mjs";

const root = join(import.meta.dirname, "..");
const option = (name, fallback) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const rounds = Math.min(Number(option("rounds", 3)), 20);
const seconds = Math.min(Number(option("seconds", 4)), 30);
const workers = Math.min(Number(option("workers", 16)), 16);
const lanes = option("lanes", "fast,route").split(",");
const laneArgs = { fast: [], route: ["--mount=route"], alone: ["--no-pages"] };
const children = [];
const folders = [];

try {
  if (!existsSync(join(root, "dist", "server.mjs"))) throw new Error("there is no build; run `npm run build` first");
  const upstream = await startUpstream();
  const targets = [{ name: "direct", url: upstream.url, pid: upstream.pid }];
  for (const lane of lanes) targets.push({ name: lane, ...(await startLane(lane, upstream.url)) });
  const results = Object.fromEntries(targets.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // The order rotates, so that no target always runs on a machine warmed by another.
    for (let i = 0; i < targets.length; i++) {
      const target = targets[(i + round) % targets.length];
      results[target.name].push(await measure({ ...target, workers, seconds }));
    }
  }
  report(results);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((child) => new Promise((resolve) => (child.exitCode === null ? child.once("close", resolve) : resolve()))));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function report(results) {
  const direct = results.direct;
  const rows = Object.entries(results).map(([name, runs]) => ({
    name,
    ...Object.fromEntries(["callsPerSecond", "p50", "p99", "cpuMsPerCall", "errors"].map((key) => [key, round3(median(runs.map((one) => one[key])))])),
    // Ratios are taken within a round and then their median, which cancels what the whole machine did meanwhile.
    rateToDirect: round3(median(runs.map((one, i) => one.callsPerSecond / direct[i].callsPerSecond))),
    p99ToDirect: round3(median(runs.map((one, i) => one.p99 / direct[i].p99))),
    cpuToDirect: round3(median(runs.map((one, i) => one.cpuMsPerCall / direct[i].cpuMsPerCall))),
  }));
  console.table(rows);
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const about = {
    at: new Date().toISOString(),
    node: process.version,
    cores: cpus().length,
    rounds,
    seconds,
    workers,
    database: process.env.TEST_DATABASE_URL ? "PostgreSQL" : "PGlite",
  };
  writeFileSync(join(folder, "latest.json"), `${JSON.stringify({ ...about, rows, results }, null, 2)}\n`);
}

async function startUpstream() {
  const child = start([join(import.meta.dirname, "upstream.mjs")], {});
  const port = await said(child, /^(\d+)/m);
  return { url: `http://127.0.0.1:${port}/mcp`, pid: child.pid };
}

async function startLane(lane, upstreamUrl) {
  if (!laneArgs[lane]) throw new Error(`there is no lane \`${lane}\`; choose from ${Object.keys(laneArgs).join(", ")}`);
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  folders.push(dataDir);
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const databaseUrl = process.env.TEST_DATABASE_URL;
  const seed = await run(process.execPath, ["--import", "tsx", "bench/seed.ts", upstreamUrl, publicUrl, dataDir, ...(databaseUrl ? [databaseUrl] : [])], {
    cwd: root,
  });
  const { path, token } = JSON.parse(seed.trim().split("\n").at(-1));
  const env = { NODE_ENV: "production", PORT: String(port), PUBLIC_URL: publicUrl, DATA_DIR: dataDir, ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
  const child = start(["dist/server.mjs", ...laneArgs[lane]], env);
  await said(child, /Gatehouse is ready at (\S+)/);
  return { url: `http://127.0.0.1:${port}${path}`, token, pid: child.pid };
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

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function round3(value) {
  return Math.round(value * 1000) / 1000;
}
