// Next.js puts its own `Date` in place of the engine's, which asks at each reading whether a page is being rendered. Calls read it all the time.
let Kept: DateConstructor | null = null;

/** For a process that serves calls, before Next.js is loaded. */
export function keepClock(): void {
  Kept = Date;
}

export const now = (): Date => new (Kept ?? Date)();
export const nowMs = (): number => (Kept ?? Date).now();
