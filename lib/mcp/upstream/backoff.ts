const firstMs = 1_000;
const lastMs = 60_000;

/** How long to wait before the next try: 1 s after the first failure, doubling up to a minute, never twice the same (AV-11). */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  return Math.min(lastMs, firstMs * 2 ** Math.max(0, failures - 1)) * (0.5 + random() / 2);
}
