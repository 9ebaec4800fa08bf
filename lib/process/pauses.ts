const firstMs = 250;
const longestMs = 30_000;
const triesMax = 8;
/** Whoever served for so long did not fail at its start. */
const steadyMs = 60_000;

/**
 * How long to wait before a process that ended is started again: ever longer while it keeps failing, and null when it has failed
 * too often in a row, so that whoever runs us learns of it.
 */
export class Pauses {
  private failures = 0;

  next(livedMs: number): number | null {
    this.failures = livedMs >= steadyMs ? 1 : this.failures + 1;
    return this.failures > triesMax ? null : Math.min(longestMs, firstMs * 2 ** (this.failures - 1));
  }
}
