// Takes a CPU profile of the gateway's process under a scenario's load, and says where the time went.
// `--scenario=calls16 --target=lane-pg --seconds=5 --era=…`; writes bench/results/<scenario>-<target>.cpuprofile for any viewer.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openInspector } from "./lib/inspector.mjs";
import { readOptions } from "./lib/options.mjs";
import { root } from "./lib/processes.mjs";
import { summarized } from "./lib/profile-summary.mjs";
import { openRig } from "./lib/rig.mjs";
import { placeOf } from "./lib/rounds.mjs";
import { endWithSignals } from "./lib/signals.mjs";
import { withSources } from "./lib/source-names.mjs";
import { scenarios } from "./scenarios/index.mjs";

const known = { scenario: "text", target: "text", seconds: "number", era: "text" };
let rig;
endWithSignals(() => rig);
try {
  const { scenario: name = "calls16", target = "lane-pg", seconds = 5, era = "2025-11-25" } = readOptions(process.argv.slice(2), known);
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario?.measure)
    throw new Error(`no scenario \`${name}\` can be profiled; choose from ${scenarios.flatMap((one) => (one.measure ? one.name : [])).join(", ")}`);
  if (target === "direct") throw new Error("`direct` has no gateway to profile");
  rig = await openRig({ era, execArgv: ["--inspect=127.0.0.1:0"] });
  const place = await placeOf(rig, target, scenario.world);
  const inspector = await openInspector(place.child);
  await inspector.send("Profiler.enable");
  await inspector.send("Profiler.setSamplingInterval", { interval: 200 });
  await inspector.send("Profiler.start");
  const run = await scenario.measure(rig, place, { seconds });
  const { profile } = await inspector.send("Profiler.stop");
  inspector.close();
  print(withSources(profile), `${name}-${target}`, run);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await rig?.close();
}

function print(profile, name, run) {
  const folder = join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.cpuprofile`), JSON.stringify(profile));
  const { busyMs, functions, files } = summarized(profile);
  // The warm-up is in the profile too, so time is given for each call that was answered meanwhile.
  console.log(`${name}: ${run.all} answers in the profile, ${(busyMs / run.all).toFixed(4)} ms busy for each, ${run.wrong} wrong`);
  table("self time by function", functions.slice(0, 40), run.all);
  table("self time by file", files.slice(0, 40), run.all);
  console.log(`\nbench/results/${name}.cpuprofile`);
}

function table(title, lines, calls) {
  console.log(`\n${title}   (%, µs for each answer)`);
  for (const { name, share, selfMs } of lines)
    console.log(`${(share * 100).toFixed(1).padStart(6)} ${((selfMs * 1000) / calls).toFixed(1).padStart(8)}  ${name}`);
}
