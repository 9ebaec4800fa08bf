import { type Handles, handleKinds, type Look } from "./watch";

export type Sample = { ms: number; looks: Look[] };
export type Drift = { name: string; early: number; late: number; drift: number; trend: number };

/**
 * How the resident memory of each process drifts, garbage included: of the time after the warm-up, the median of the last third against
 * that of the first. `trend` is what the straight line through all its samples gains from one end to the other, as a share of where it begins.
 */
export function driftsOf(samples: readonly Sample[], warmupMs: number, endMs: number): Drift[] {
  const windowMs = (endMs - warmupMs) / 3;
  const names = samples.at(-1)?.looks.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const points = samples.flatMap(({ ms, looks }) => {
      const rssMiB = looks.find((look) => look.name === name)?.rssMiB;
      return rssMiB === undefined || ms < warmupMs || ms > endMs ? [] : [{ ms, rssMiB }];
    });
    const early = median(points.filter(({ ms }) => ms < warmupMs + windowMs));
    const late = median(points.filter(({ ms }) => ms >= endMs - windowMs));
    return { name, early, late, drift: late / early - 1, trend: trendOf(points) };
  });
}

type Point = { ms: number; rssMiB: number };

function median(points: readonly Point[]): number {
  const sorted = points.map(({ rssMiB }) => rssMiB).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Least squares. */
function trendOf(points: readonly Point[]): number {
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [ms, rss] = [mean((point) => point.ms), mean((point) => point.rssMiB)];
  const slope = mean((point) => (point.ms - ms) * (point.rssMiB - rss)) / mean((point) => (point.ms - ms) ** 2);
  const [first, last] = [points[0]?.ms ?? 0, points.at(-1)?.ms ?? 0];
  return (slope * (last - first)) / (rss + slope * (first - ms));
}

/** The most that each process had open of each kind. */
export function mostOf(all: readonly Look[][]): Map<string, Handles> {
  const most = new Map<string, Handles>();
  for (const { name, handles } of all.flat()) {
    const before = most.get(name) ?? handles;
    most.set(name, Object.fromEntries(handleKinds.map((kind) => [kind, Math.max(before[kind], handles[kind])])) as Handles);
  }
  return most;
}

/** What is open beyond the baseline, in words; nothing when all is back. */
export function beyond(baseline: Map<string, Handles>, looks: readonly Look[]): string[] {
  return looks.flatMap(({ name, handles }) =>
    handleKinds.flatMap((kind) => {
      const before = baseline.get(name)?.[kind] ?? 0;
      return handles[kind] > before ? [`${name}: ${handles[kind]} ${kind}, ${before} before`] : [];
    }),
  );
}
