import { vi } from "vitest";

/** Waits until the check passes; longer than a busy machine needs, so only a broken promise takes that long. */
export const eventually = <T>(check: () => T | Promise<T>, options: number | { timeout?: number; interval?: number } = 5_000): Promise<T> =>
  vi.waitFor(check, options);
