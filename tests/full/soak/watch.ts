import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What a process has open, by what it is for. `sockets`: of no known purpose. `pipes`: between processes, and the kernel's own. */
export const handleKinds = ["clients", "upstreams", "database", "inner", "listening", "sockets", "files", "pipes"] as const;
export type Handles = Record<(typeof handleKinds)[number], number>;
export type Look = { name: string; pid: number; rssMiB: number; cpuMs: number; handles: Handles };
export type Ports = { own: number; database: number; upstreams: readonly number[] };

const tickMs = 10; // /proc counts in hundredths of a second on every common Linux.

/** Every process of the product as of now: the one that was started and its descendants. */
export function lookAt(root: number, ports: Ports): Look[] {
  const sockets = purposes(ports);
  return descendants(root).map((one) => ({ ...one, rssMiB: rssMiB(one.pid), handles: handlesOf(one.pid, sockets) }));
}

/** A process and all that it started, by what each is. */
export function descendants(root: number): { name: string; pid: number; cpuMs: number }[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = text(`/proc/${name}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return stat ? [{ pid: Number(name), parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs }] : [];
    });
  const found = all.filter(({ pid }) => pid === root);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found.map(({ pid, cpuMs }) => ({ name: nameOf(pid), pid, cpuMs }));
}

function nameOf(pid: number): string {
  const words = text(`/proc/${pid}/cmdline`).split("\0");
  if (words.includes("--as-pages")) return "pages";
  const place = words.find((word) => word.startsWith("--place="))?.slice(8);
  if (place !== undefined) return words.includes("--lane") ? "lane" : `instance ${Number(place) + 1}`;
  return words.some((word) => /^--(lane|instances)/.test(word)) ? "supervisor" : "server";
}

function handlesOf(pid: number, sockets: Map<string, keyof Handles>): Handles {
  const handles = Object.fromEntries(handleKinds.map((kind) => [kind, 0])) as Handles;
  for (const name of entries(`/proc/${pid}/fd`)) {
    const target = link(`/proc/${pid}/fd/${name}`);
    if (target === "") continue;
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) handles[sockets.get(inode) ?? "sockets"]++;
    else if (target.startsWith("/")) handles.files++;
    else handles.pipes++;
  }
  return handles;
}

/** What each socket of the machine is for, by its inode. */
function purposes({ own, database, upstreams }: Ports): Map<string, keyof Handles> {
  const found = new Map<string, keyof Handles>();
  for (const line of [...lines("/proc/net/tcp"), ...lines("/proc/net/tcp6")]) {
    const [, local = "", remote = "", state, , , , , , inode = ""] = line.split(/\s+/);
    const [ours, theirs] = [portIn(local), portIn(remote)];
    if (state === "0A") found.set(inode, "listening");
    else if (ours === own) found.set(inode, "clients");
    else if (theirs === database) found.set(inode, "database");
    else if (upstreams.includes(theirs)) found.set(inode, "upstreams");
  }
  for (const line of lines("/proc/net/unix")) found.set(line.split(/\s+/)[6] ?? "", "inner");
  return found;
}

const portIn = (address: string) => Number.parseInt(address.slice(address.indexOf(":") + 1), 16);
const lines = (path: string) =>
  text(path)
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter(Boolean);
const rssMiB = (pid: number) => Number(/VmRSS:\s+(\d+) kB/.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;

// A process, or what it has open, may be gone between the listing and the look.
const text = (path: string) => attempt(() => readFileSync(path, "latin1"), "");
const link = (path: string) => attempt(() => readlinkSync(path), "");
const entries = (path: string) => attempt(() => readdirSync(path), []);

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
