// Measures the built product beside the upstream called directly, and prints one table for each scenario. Loopback only.
// `--quick` (at most 90 s), `--only=calls16,…`, `--targets=pg-spool,…`, `--rounds=N`, `--seconds=N`, `--era=2026-07-28`, `--list`;
// `--patience=N` waits up to N s before each measurement for other programs to be quiet, `--log-rows=N` is how many biglog has
// (10,000,000), `--out=FILE` where the rows go (bench/results/latest.json).
import { readOptions } from "./lib/options.mjs";
import { printScenario, writeResults } from "./lib/report.mjs";
import { openRig } from "./lib/rig.mjs";
import { endWithSignals } from "./lib/signals.mjs";
import { inRounds } from "./lib/rounds.mjs";
import { chosenTargets } from "./lib/targets.mjs";
import { scenarios } from "./scenarios/index.mjs";

const known = {
  quick: "flag",
  only: "list",
  targets: "list",
  rounds: "number",
  seconds: "number",
  patience: "number",
  "log-rows": "number",
  era: "text",
  out: "text",
  list: "flag",
};
/** A round that has begun is finished, so the whole ends a little after. */
const [quickMs, fullMs] = [75_000, 560_000];
const modern = "2026-07-28";
const rows = [];
let rig;
endWithSignals(() => rig);
try {
  const options = readOptions(process.argv.slice(2), known);
  const chosen = scenarios.filter(({ name, quick, onRequest }) => (options.only ? options.only.includes(name) : options.quick ? quick : !onRequest));
  const unknown = options.only?.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown) throw new Error(`there is no scenario \`${unknown}\`; choose from ${scenarios.map(({ name }) => name).join(", ")}`);
  if (options.list) for (const { name, about } of scenarios) console.log(`${name}: ${about}`);
  else await measure(chosen, options);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await rig?.close();
}

async function measure(chosen, options) {
  const began = Date.now();
  rig = await openRig({ era: options.era ?? "2025-11-25", quick: options.quick });
  rig.patienceSeconds = options.patience ?? 0;
  rig.deadline = began + (options.quick ? quickMs : fullMs);
  for (const scenario of chosen) {
    const started = Date.now();
    const obstacle = started > rig.deadline ? "the time is up" : scenario.onlyLegacy && rig.era === modern ? "there is no such thing in this era" : null;
    if (obstacle) {
      console.log(`\n${scenario.name}: not run, ${obstacle}`);
      continue;
    }
    const settings = settingsOf(scenario, options);
    const found = await (scenario.run ? scenario.run(rig, settings) : inRounds(rig, scenario, settings));
    rows.push(...found);
    printScenario(scenario, found, (Date.now() - started) / 1000);
    // After each, so that a run that is cut short leaves what it has.
    writeResults(options.out, rows, { quick: options.quick === true, era: rig.era });
  }
  const bad = rows.filter((row) => (row.metric === "wrong" || row.metric === "lost") && row.value > 0);
  console.log(`\n${((Date.now() - began) / 1000).toFixed(0)} s; ${options.out ?? "bench/results/latest.json"}`);
  for (const row of bad) console.log(`${row.metric} in ${row.scenario} of ${row.target}: ${row.value}`);
  if (bad.length > 0) process.exitCode = 1;
}

function settingsOf(scenario, { quick, targets, rounds, seconds, "log-rows": logRows = 10_000_000 }) {
  return {
    quick: quick === true,
    targets: chosenTargets(quick && scenario.quickTargets ? { ...scenario, targets: scenario.quickTargets } : scenario, targets, rig.built),
    rounds: rounds ?? (quick ? 2 : scenario.rounds),
    seconds: seconds ?? (quick ? 1 : scenario.seconds),
    warmupSeconds: quick ? 0.4 : 0.5,
    logRows,
  };
}
