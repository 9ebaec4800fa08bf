import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./processes.mjs";
import { rounded } from "./numbers.mjs";

/** One table for a scenario: a line for each target, `value ×ratio to direct` in each column. */
export function printScenario({ name, about }, rows, seconds) {
  const metrics = [...new Set(rows.map((row) => row.metric))];
  const lines = [...new Set(rows.map((row) => row.target))].map((target) => [
    target,
    ...metrics.map((metric) => cell(rows.find((row) => row.target === target && row.metric === metric))),
  ]);
  const widths = ["target", ...metrics].map((head, i) => Math.max(head.length, ...lines.map((line) => line[i].length)));
  const print = (line) => console.log(line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join("  "));
  console.log(`\n${name}: ${about} (${seconds.toFixed(0)} s)`);
  print(["target", ...metrics]);
  for (const line of lines) print(line);
  for (const row of rows) if (row.kinds && row.value > 0) console.log(`  errors of ${row.target}: ${JSON.stringify(row.kinds)}`);
}

const cell = (row) => (row ? `${rounded(row.value) ?? "-"}${row.ratio_to_direct === null ? "" : ` ×${rounded(row.ratio_to_direct)}`}` : "");

export function writeResults(file, rows, about) {
  const path = file ?? join(root, "bench", "results", "latest.json");
  mkdirSync(dirname(path), { recursive: true });
  const machine = { at: new Date().toISOString(), node: process.version, cores: cpus().length, ...about };
  writeFileSync(
    path,
    `${JSON.stringify({ ...machine, rows: rows.map((row) => ({ ...row, value: rounded(row.value), ratio_to_direct: rounded(row.ratio_to_direct ?? Number.NaN) })) }, null, 1)}\n`,
  );
}
