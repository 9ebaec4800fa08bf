import { directTo } from "./direct.mjs";
import { median, sum, wait } from "./numbers.mjs";
import { busyMs } from "./usage.mjs";

/**
 * Measures every target once in each round, in an order that rotates, and takes ratios within a round: neighbours in time share
 * whatever else the machine was doing.
 */
export async function inRounds(rig, scenario, { targets, rounds, seconds, warmupSeconds }) {
  const places = await Promise.all(targets.map((name) => placeOf(rig, name, scenario.world)));
  const runs = new Map(targets.map((name) => [name, []]));
  await inTurns(rig, places, rounds, async (place) => runs.get(place.name).push(await scenario.measure(rig, place, { seconds, warmupSeconds })));
  const direct = runs.get("direct");
  const { derive = (run) => run } = scenario;
  return targets.flatMap((target) => {
    const derived = target === "direct" || !direct ? runs.get(target) : runs.get(target).map((run, i) => derive(run, direct[i]));
    return rowsOf({ scenario: scenario.name, target }, derived, direct, scenario.metrics);
  });
}

/** One after the other, each round beginning with another one; when the time is up, the round is finished and no other begun. */
export async function inTurns(rig, places, rounds, work) {
  const results = [];
  for (let round = 0; round < rounds && (round === 0 || Date.now() < rig.deadline); round++) {
    for (let i = 0; i < places.length; i++) {
      await quietFor(rig.patienceSeconds);
      results.push(await work(places[(i + round) % places.length]));
    }
  }
  return results;
}

/** Waits until nothing else keeps the machine busy, but not for ever. */
async function quietFor(secondsMax) {
  const end = performance.now() + secondsMax * 1000;
  while (performance.now() < end) {
    const [before, began] = [busyMs(), performance.now()];
    await wait(400);
    if ((busyMs() - before) / (performance.now() - began) < quietCores) return;
  }
}

const quietCores = 0.5;

export const placeOf = (rig, name, world) => (name === "direct" ? directTo(rig) : rig.gateway(name, world));

const withoutRatio = new Set(["p50Added", "p99Added", "othersCores"]);

/** Medians, with the median of the ratios to `direct` in the same round. */
export function rowsOf(name, runs, direct, metrics) {
  const rows = metrics.flatMap((metric) => {
    const values = runs.map((run) => run[metric]).filter(Number.isFinite);
    if (values.length === 0) return [];
    const ratios =
      direct && name.target !== "direct" && !withoutRatio.has(metric) ? runs.map((run, i) => run[metric] / direct[i]?.[metric]).filter(Number.isFinite) : [];
    const spread = { low: Math.min(...values), high: Math.max(...values) };
    return [{ ...name, metric, value: median(values), ratio_to_direct: ratios.length > 0 ? median(ratios) : null, ...(values.length > 1 && spread) }];
  });
  return [...rows, ...faultsOf(name, runs)];
}

/** Wrong answers and errors of all runs together; every answer was looked at. */
export function faultsOf(name, runs) {
  const counted = runs.filter((run) => "wrong" in run);
  if (counted.length === 0) return [];
  const kinds = together(counted.map(({ errors }) => errors));
  const row = (metric, value) => ({ ...name, metric, value, ratio_to_direct: null });
  return [row("wrong", sum(counted.map((run) => run.wrong))), { ...row("errors", sum(Object.values(kinds))), kinds }];
}

/** Errors by kind, of several runs. */
export function together(all) {
  const kinds = {};
  for (const errors of all) for (const [kind, count] of Object.entries(errors)) kinds[kind] = (kinds[kind] ?? 0) + count;
  return kinds;
}
