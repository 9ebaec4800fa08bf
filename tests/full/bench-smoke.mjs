// The bench, as briefly as it goes, in both protocol eras: every part of it starts, every answer is right, rows come out. No time is judged.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../scripts/lib/run.mjs";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-smoke-"));
const breaches = [];
try {
  for (const era of ["2025-11-25", "2026-07-28"]) {
    const out = join(folder, `${era}.json`);
    const words = ["--only=calls16,records,list10,setup", "--targets=lane-pg", "--rounds=1", "--seconds=1", "--quick", `--era=${era}`, `--out=${out}`];
    console.log(await run(process.execPath, ["bench/run.mjs", ...words], { cwd: root }));
    judge(era, JSON.parse(readFileSync(out, "utf8")).rows);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const breach of breaches) console.log(`breach: ${breach}`);
process.exit(breaches.length === 0 ? 0 : 1);

function judge(era, rows) {
  const figure = (scenario, target, metric) => rows.find((row) => row.scenario === scenario && row.target === target && row.metric === metric)?.value;
  for (const scenario of ["calls16", "list10", "setup"]) {
    for (const target of ["direct", "lane-pg"]) if (!(figure(scenario, target, "perSecond") > 0)) breaches.push(`${era}: ${scenario} of ${target} has no rate`);
  }
  if (!(rows.find((row) => row.scenario === "calls16" && row.target === "lane-pg" && row.metric === "serverCpuMs")?.ratio_to_direct > 0))
    breaches.push(`${era}: there is no ratio to direct`);
  if (figure("records", "lane-pg", "lost") !== 0 || !(figure("records", "lane-pg", "calls") > 0)) breaches.push(`${era}: records were not counted`);
  for (const { scenario, target, metric, value } of rows)
    if ((metric === "wrong" || metric === "errors") && value > 0) breaches.push(`${era}: ${value} ${metric} in ${scenario} of ${target}`);
}
