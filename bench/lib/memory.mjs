import { readFileSync, writeFileSync } from "node:fs";
import { wait } from "./numbers.mjs";
import { openInspector } from "./inspector.mjs";

/** What a process started with `--inspect` holds once its garbage is gone: resident and heap, in KiB. */
export async function settledMemory(child) {
  const inspector = await openInspector(child);
  await wait(500);
  for (let i = 0; i < 2; i++) await inspector.send("HeapProfiler.collectGarbage");
  const { usedSize } = await inspector.send("Runtime.getHeapUsage");
  inspector.close();
  await wait(200);
  return { rssKiB: fieldOf(child.pid, "VmRSS"), heapKiB: usedSize / 1024 };
}

/** The largest that a process gets, in KiB, while something is done. */
export async function peakDuring(pid, work) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5"); // Resets the high-water mark.
  const result = await work();
  return { result, peakKiB: fieldOf(pid, "VmHWM") };
}

const fieldOf = (pid, name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
