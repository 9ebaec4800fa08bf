import type { Open, Origin } from "./connector";
import { Pool } from "./pool";

/** Where a request goes: an origin that was checked, and a path there. */
export type Place = Origin & { host: string; path: string };

const connectionsMax = 128;
/** A stream stays open for hours and must not keep calls waiting. */
const streamsMax = 1_024;
const sweepMs = 1_000;

/** The pools of one way out, two for each origin: for calls and for streams. */
export class Pools {
  private readonly all = new Map<string, Pool>();
  private sweeping: NodeJS.Timeout | null = null;

  constructor(private readonly open: Open) {}

  of(place: Place, isStream: boolean): Pool {
    const key = `${isStream ? "stream " : ""}${place.protocol}//${place.host}`;
    const known = this.all.get(key);
    if (known) return known;
    const pool = new Pool((done) => this.open(place, done), isStream ? streamsMax : connectionsMax);
    this.all.set(key, pool);
    this.sweeping ??= setInterval(() => this.sweep(), sweepMs).unref();
    return pool;
  }

  private sweep(): void {
    const now = performance.now();
    for (const [key, pool] of this.all) if (pool.sweep(now)) this.all.delete(key);
    if (this.all.size > 0 || !this.sweeping) return;
    clearInterval(this.sweeping);
    this.sweeping = null;
  }
}
