import { spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./run.mjs";

const isRoot = process.getuid?.() === 0;
// PostgreSQL refuses to run as root, so root hands it to `nobody`.
const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};

/** Starts a throw-away PostgreSQL on a free loopback port: a binary of this machine, or Debian's package when root. */
export async function startPostgres(more = {}) {
  const bin = (await findBinaries()) ?? (await installBinaries());
  if (!bin) throw new Error("no PostgreSQL found: install it (Debian: `apt-get install postgresql`), or put `initdb` and `postgres` on the PATH");
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-pg-"));
  if (isRoot) chownSync(directory, nobody.uid, nobody.gid);
  await run(join(bin, "initdb"), ["-D", directory, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"], { ...nobody, cwd: directory });
  const port = await freePort();
  const settings = { listen_addresses: "127.0.0.1", port, unix_socket_directories: directory, fsync: "off", max_connections: 200, ...more };
  const child = spawn(join(bin, "postgres"), ["-D", directory, ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])], {
    ...nobody,
    cwd: directory,
    stdio: "ignore",
  });
  await answering(port, child);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    pid: child.pid,
    stop: () =>
      new Promise((resolve) => {
        child.once("close", () => {
          rmSync(directory, { recursive: true, force: true });
          resolve();
        });
        child.kill("SIGINT");
      }),
  };
}

async function findBinaries() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(":")];
  return folders.find((folder) => folder && existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

async function installBinaries() {
  if (!isRoot || !existsSync("/usr/bin/apt-get")) return undefined;
  await run("apt-get", ["update", "-q"]);
  await run("apt-get", ["install", "-y", "-q", "postgresql"]);
  return findBinaries();
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// It listens a moment before it accepts, so a query is the only proof.
async function answering(port, child) {
  const { default: pg } = await import("pg");
  for (let attempt = 0; attempt < 150; attempt++) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended at start with ${child.exitCode}`);
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    try {
      await client.connect();
      return await client.end();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  child.kill("SIGKILL");
  throw new Error("PostgreSQL did not answer within 15 s");
}
