export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of values in ascending order, the smallest that so large a share does not exceed. */
export const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;

/** Four significant digits: more would claim a precision that no run has. */
export const rounded = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
