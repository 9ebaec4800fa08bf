import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Gatehouse = { url: string; child: ChildProcess; output(): string; ended: Promise<number | null>; signal(name: NodeJS.Signals): void };

/** The real server as a process of its own, without pages, on a free port. Resolves when it says that it is ready. */
export function startGatehouse(env: Record<string, string>, args: string[] = ["--no-pages"]): Promise<Gatehouse> {
  const root = join(import.meta.dirname, "..", "..");
  const { DATABASE_URL: _, PUBLIC_URL: __, DATA_DIR: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "server.ts", ...args], {
    cwd: root,
    env: { ...inherited, NODE_ENV: "production", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk;
      const url = /Gatehouse is ready at (\S+)/.exec(output)?.[1];
      if (url) resolve({ url, child, output: () => output, ended, signal: (name) => child.kill(name) });
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    void ended.then((code) => reject(new Error(`the server ended with ${code} before it was ready:\n${output}`)));
  });
}

/** A directory for the embedded database of such a process, and how to remove it. */
export function aDataDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "gatehouse-process-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
