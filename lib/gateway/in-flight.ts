// A key stays when its last call has left: to take it out and put it in again, each time, makes the map's table anew every few calls.
const keysMax = 10_000;

/** How many calls are under way for each key, up to a limit: one hung server or one busy person cannot use up everything (AV-03, ME-14). */
export class InFlight {
  private readonly counts = new Map<string, number>();

  constructor(private readonly max: number) {}

  /** False when the limit is reached; otherwise `leave` must follow. */
  enter(key: string): boolean {
    const known = this.counts.get(key);
    const count = known ?? 0;
    if (count >= this.max) return false;
    if (known === undefined && this.counts.size >= keysMax) this.forgetIdle();
    this.counts.set(key, count + 1);
    return true;
  }

  leave(key: string): void {
    const count = this.counts.get(key) ?? 0;
    if (count > 0) this.counts.set(key, count - 1);
  }

  private forgetIdle(): void {
    for (const [key, count] of this.counts) if (count === 0) this.counts.delete(key);
  }

  /** How many keys are remembered, most of them with nothing under way. */
  get keys(): number {
    return this.counts.size;
  }

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }
}
