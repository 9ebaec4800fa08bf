import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Tally } from "./traffic";
import type { Sample } from "./verdict";
import type { Look } from "./watch";

/** How late this very process gets to its work, which all times of its clients include. */
const own = monitorEventLoopDelay({ resolution: 10 });
own.enable();
const totals = ["clients", "upstreams", "database", "inner"] as const;

export function printHead(looks: readonly Look[]): void {
  const heads = [
    "minute",
    ...looks.map(({ name }) => `${name} MiB`),
    ...looks.map(({ name }) => `${name} fds`),
    ...totals,
    "healthy",
    "p50 ms",
    "p99 ms",
    "own p99",
    "hostile",
    "open",
    "faults",
    "cores",
  ];
  print(heads);
}

/** One line for the minute that has passed: memory in the middle of it, the most that was open, what was done. */
export function printMinute(minute: number, samples: readonly Sample[], tally: Tally): void {
  const last = samples.filter(({ ms }) => ms >= (minute - 1) * 60_000 && ms < minute * 60_000);
  const names = last.at(-1)?.looks.map(({ name }) => name) ?? [];
  const of = (name: string, value: (look: Look) => number) => last.flatMap(({ looks }) => looks.filter((look) => look.name === name).map(value));
  const done = tally.take();
  const calls = done
    .filter(({ kind, name }) => kind === "healthy" && name === "call")
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  const count = (kind: string) => String(done.filter((one) => one.kind === kind).length);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const cpuMs = (sample: Sample | undefined) => sum((sample?.looks ?? []).map((look) => look.cpuMs));
  print([
    String(minute),
    ...names.map((name) => middle(of(name, ({ rssMiB }) => rssMiB)).toFixed(1)),
    ...names.map((name) => String(Math.max(...of(name, ({ handles }) => sum(Object.values(handles)))))),
    ...totals.map((kind) => String(Math.max(...last.map(({ looks }) => sum(looks.map(({ handles }) => handles[kind])))))),
    ...[count("healthy"), middle(calls).toFixed(1), (calls[Math.floor(calls.length * 0.99)] ?? Number.NaN).toFixed(1)],
    ...[(own.percentile(99) / 1e6).toFixed(1), count("hostile")],
    ...[String(tally.open), String(tally.faults.length)],
    ((cpuMs(last.at(-1)) - cpuMs(last[0])) / ((last.at(-1)?.ms ?? 0) - (last[0]?.ms ?? 0))).toFixed(2),
  ]);
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

let columns: number[] = [];
function print(cells: readonly string[]): void {
  if (columns.length === 0) columns = cells.map((cell) => Math.max(cell.length, 6));
  console.log(cells.map((cell, i) => cell.padStart(columns[i] ?? 6)).join("  "));
}
