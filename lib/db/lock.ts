import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * PGlite lets two processes open one directory, and they silently diverge. So the first takes `lock` (pid, process start time)
 * and a second ends with one sentence. Returns the function that gives it back.
 */
export function takeLock(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "lock");
  const mine = JSON.stringify(thisProcess());
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, mine, { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = readHolder(path);
      if (holder && holder.pid !== process.pid && isAlive(holder)) {
        throw new Error(`another Gatehouse (process ${holder.pid}) is using ${dataDir}; stop it first, or set DATABASE_URL to share a PostgreSQL`);
      }
      rmSync(path, { force: true });
    }
  }
  throw new Error(`could not take ${path}`);
}

export type Holder = { pid: number; started: string };

export const thisProcess = (): Holder => ({ pid: process.pid, started: startTime(process.pid) });

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return null;
  }
}

export function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // A pid is reused; the start time tells the holder from a stranger. Without /proc the pid alone must do.
  const started = startTime(holder.pid);
  return started === "" || holder.started === "" || started === holder.started;
}

function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
