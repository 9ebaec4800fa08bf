import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const root = resolve(import.meta.dirname, "../../..");

export type Mount = "fast lane" | "route handler";
export type Gatehouse = { url: string; dataDir: string; child: ChildProcess; output(): string; mails(): string[]; stop(): Promise<number | null> };

/** The built product as its own process, on a free port with a data directory of its own. */
export async function startGatehouse(
  more: { mount?: Mount; args?: string[]; env?: Record<string, string>; dataDir?: string; port?: number } = {},
): Promise<Gatehouse> {
  const port = more.port ?? (await freePort());
  const dataDir = more.dataDir ?? mkdtempSync(join(tmpdir(), "gatehouse-e2e-"));
  const args = ["dist/server.mjs", ...(more.mount === "route handler" ? ["--mount=route"] : []), ...(more.args ?? [])];
  const env = { ...process.env, NODE_ENV: "production", PORT: String(port), DATA_DIR: dataDir, ...more.env };
  const { child, output } = launch(process.execPath, args, env, root);
  await until(
    () => /is ready at/.test(output()),
    60_000,
    () => `Gatehouse did not get ready:\n${output()}`,
    child,
  );
  return {
    url: `http://localhost:${port}`,
    dataDir,
    child,
    output,
    mails: () => outbox(dataDir),
    stop: () => stop(child, "SIGTERM"),
  };
}

/** `@modelcontextprotocol/server-everything` over Streamable HTTP on a free loopback port. */
export async function startEverything(): Promise<{ url: string; stop(): Promise<number | null> }> {
  const port = await freePort();
  const entry = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
  const args = ["--require", join(root, "tests/support/loopback.cjs"), join(root, "tests/clients", entry), "streamableHttp"];
  const { child, output } = launch(process.execPath, args, { ...process.env, PORT: String(port) }, root);
  await until(
    () => isOpen(port),
    30_000,
    () => `server-everything did not start:\n${output()}`,
    child,
  );
  return { url: `http://127.0.0.1:${port}/mcp`, stop: () => stop(child, "SIGKILL") };
}

/** A 2026-era server: `mcp-proxy` in front of a stdio server. */
export async function startModernServer(): Promise<{ url: string; stop(): Promise<number | null> }> {
  const port = await freePort();
  const bin = join(root, "tests/clients/node_modules/.bin");
  const stdio = join(root, "tests/clients/node_modules/@modelcontextprotocol/server-everything/dist/index.js");
  const { child, output } = launch(
    join(bin, "mcp-proxy"),
    ["--port", String(port), "--host", "127.0.0.1", "--", process.execPath, stdio, "stdio"],
    { ...process.env },
    root,
  );
  await until(
    () => isOpen(port),
    30_000,
    () => `mcp-proxy did not start:\n${output()}`,
    child,
  );
  return { url: `http://127.0.0.1:${port}/mcp`, stop: () => stop(child, "SIGTERM") };
}

/** Starts a program in a process group of its own and keeps what it printed. */
export function launch(command: string, args: string[], env: Record<string, string | undefined>, cwd = root) {
  const child = spawn(command, args, { cwd, env: env as NodeJS.ProcessEnv, stdio: ["pipe", "pipe", "pipe"], detached: true });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      text += chunk;
    });
  return { child, output: () => text };
}

/** Ends the whole group of a program, by its id. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.pid === undefined) return child.exitCode;
  const closed = new Promise<number | null>((done) => child.once("exit", done));
  try {
    process.kill(signal === "SIGKILL" ? -child.pid : child.pid, signal);
  } catch {
    return child.exitCode;
  }
  return closed;
}

export async function until(claim: () => boolean | Promise<boolean>, timeoutMs: number, message: () => string, child?: ChildProcess): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if (await claim()) return;
    if (child && child.exitCode !== null) break;
    await pause(100);
  }
  throw new Error(message());
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

async function isOpen(port: number): Promise<boolean> {
  const { createConnection } = await import("node:net");
  return new Promise((done) => {
    const socket = createConnection({ port, host: "127.0.0.1" }, () => done(socket.destroy() && true));
    socket.on("error", () => done(false));
  });
}

function outbox(dataDir: string): string[] {
  const folder = join(dataDir, "outbox");
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name), "utf8"));
  } catch {
    return [];
  }
}
