import { directTo } from "./direct.mjs";
import { median, percentile, sum } from "./numbers.mjs";

/**
 * Measures every target once in each round, in an order that rotates, and takes ratios within a round: neighbours in time share
 * whatever else the machine was doing. `measure(place)` gives one run.
 */
export async function inRounds(rig, { scenario, targets, rounds, world, measure, metrics }) {
  const places = await Promise.all(targets.map((name) => (name === "direct" ? directTo(rig) : rig.gateway(name, world))));
  const runs = new Map(targets.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < places.length; i++) {
      const place = places[(i + round) % places.length];
      runs.get(place.name).push(await measure(place));
    }
  }
  return targets.flatMap((target) => rowsOf(scenario, target, runs.get(target), runs.get("direct"), metrics));
}

/** Medians, with the median of the ratios to `direct` of the same round. */
export function rowsOf(scenario, target, runs, direct, metrics) {
  const rows = metrics.flatMap((metric) => {
    const values = runs.map((run) => run[metric]).filter(Number.isFinite);
    if (values.length === 0) return [];
    const ratios = direct && target !== "direct" ? runs.map((run, i) => run[metric] / direct[i]?.[metric]).filter(Number.isFinite) : [];
    return [{ scenario, target, metric, value: median(values), ratio_to_direct: ratios.length ? median(ratios) : null, spread: spreadOf(values) }];
  });
  const faults = runs.filter((run) => "wrong" in run);
  if (faults.length === 0) return rows;
  const errors = {};
  for (const run of faults) for (const [name, count] of Object.entries(run.errors)) errors[name] = (errors[name] ?? 0) + count;
  const count = (metric, value) => ({ scenario, target, metric, value, ratio_to_direct: null });
  return [...rows, count("wrong", sum(faults.map((run) => run.wrong))), { ...count("errors", sum(Object.values(errors))), kinds: errors }];
}

function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return values.length > 1 ? [percentile(sorted, 0), percentile(sorted, 1)] : undefined;
}
