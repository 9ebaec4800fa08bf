import { readdirSync, readFileSync } from "node:fs";
import { sum } from "./numbers.mjs";

const tickMs = 10; // /proc counts in hundredths of a second on every common Linux.

/** CPU (user and system, ended children included) and resident memory of a process and all its descendants, as of now. */
export function usageOf(pid) {
  const processes = readAll();
  const usage = { cpuMs: 0, rssMiB: 0 };
  const todo = [pid];
  while (todo.length > 0) {
    const next = todo.pop();
    const found = processes.find((one) => one.pid === next);
    if (!found) continue;
    usage.cpuMs += found.cpuMs;
    usage.rssMiB += rssMiB(next);
    todo.push(...processes.filter((one) => one.parent === next).map((one) => one.pid));
  }
  return usage;
}

/** The same of several at once, by name. */
export const usages = (pids) => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, usageOf(pid)]));

/** Milliseconds that all cores of the machine together were busy so far. */
export function busyMs() {
  const [user, nice, system, , , irq, softirq, steal = 0] = text("/proc/stat").split("\n", 1)[0].trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * tickMs;
}

// A process may end between the listing and the look.
function readAll() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = text(`/proc/${name}/stat`);
      if (!stat) return [];
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [{ pid: Number(name), parent: Number(fields[1]), cpuMs: sum(fields.slice(11, 15).map(Number)) * tickMs }];
    });
}

const rssMiB = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

function text(path) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
