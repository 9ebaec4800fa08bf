import { nowMs } from "@/lib/clock";
import { singleton } from "@/lib/singleton";

/** What became of a request, as far as it speaks of the server's health; `nothing`: it says nothing about it. */
export type Health = "well" | "unwell" | "nothing";
export type BreakerState = { state: "closed" } | { state: "open"; since: Date; retryAfterSeconds: number };

type Clock = { now(): number; random(): number };
type Bucket = { second: number; well: number; unwell: number };
type Entry = { inARow: number; buckets: Bucket[]; openSince: number | null; failedAt: number; probeAt: number };

const inARowMax = 5;
const windowSeconds = 30;
const windowRequestsMin = 20;
const probeAfterMs = [15_000, 30_000] as const;
const entriesMax = 5_000;

/**
 * Circuit breakers, one for each (organization, server) (AV-04): a server that keeps failing is left alone, then tried with one
 * request, so that nobody waits for what will not come.
 */
export class Breakers {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  /** Null when the server is to be left alone; otherwise to be called once, with what became of the request. */
  enter(key: string): ((health: Health) => void) | null {
    const entry = this.entry(key);
    if (entry.openSince === null) return (health) => this.record(entry, health);
    if (this.clock.now() < entry.probeAt) return null;
    // One at a time, unless it takes so long that the next one is due.
    this.postpone(entry);
    return (health) => this.probed(entry, health);
  }

  state(key: string): BreakerState {
    const entry = this.entries.get(key);
    if (!entry || entry.openSince === null) return { state: "closed" };
    const retryAfterSeconds = Math.max(1, Math.ceil((entry.probeAt - this.clock.now()) / 1_000));
    return { state: "open", since: new Date(entry.openSince), retryAfterSeconds };
  }

  /** Which servers are left alone, and had a request fail no longer ago than this. */
  failing(withinMs: number): string[] {
    const after = this.clock.now() - withinMs;
    return [...this.entries].flatMap(([key, { openSince, failedAt }]) => (openSince !== null && failedAt >= after ? [key] : []));
  }

  reset(key: string): void {
    this.entries.delete(key);
  }

  private record(entry: Entry, health: Health): void {
    // Requests that were under way when it opened have no say any more.
    if (health === "nothing" || entry.openSince !== null) return;
    const bucket = this.bucket(entry);
    bucket[health]++;
    entry.inARow = health === "well" ? 0 : entry.inARow + 1;
    if (health === "unwell" && (entry.inARow >= inARowMax || isHalfUnwell(entry.buckets))) this.open(entry);
  }

  private probed(entry: Entry, health: Health): void {
    if (health === "unwell") {
      entry.failedAt = this.clock.now();
      this.postpone(entry);
    }
    if (health === "well") Object.assign(entry, fresh());
    if (health === "nothing") entry.probeAt = this.clock.now();
  }

  private open(entry: Entry): void {
    entry.openSince = this.clock.now();
    entry.failedAt = entry.openSince;
    this.postpone(entry);
  }

  private postpone(entry: Entry): void {
    const [least, most] = probeAfterMs;
    entry.probeAt = this.clock.now() + least + this.clock.random() * (most - least);
  }

  private bucket(entry: Entry): Bucket {
    const second = Math.floor(this.clock.now() / 1_000);
    const last = entry.buckets.at(-1);
    if (last?.second === second) return last;
    const bucket = { second, well: 0, unwell: 0 };
    entry.buckets = [...entry.buckets.filter((kept) => kept.second > second - windowSeconds), bucket];
    return bucket;
  }

  private entry(key: string): Entry {
    const known = this.entries.get(key);
    if (known) return known;
    const entry = fresh();
    this.entries.set(key, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > entriesMax && oldest !== undefined) this.entries.delete(oldest);
    return entry;
  }
}

const fresh = (): Entry => ({ inARow: 0, buckets: [], openSince: null, failedAt: 0, probeAt: 0 });

function isHalfUnwell(buckets: readonly Bucket[]): boolean {
  let well = 0;
  let unwell = 0;
  for (const bucket of buckets) {
    well += bucket.well;
    unwell += bucket.unwell;
  }
  return well + unwell >= windowRequestsMin && unwell >= well;
}

export const breakers = () => singleton("mcp-upstream-breakers", () => new Breakers({ now: nowMs, random: Math.random }));
export const breakerKey = (orgId: string, serverId: string) => `${orgId} ${serverId}`;
export const breakerState = (orgId: string, serverId: string): BreakerState => breakers().state(breakerKey(orgId, serverId));
export const resetBreaker = (orgId: string, serverId: string): void => breakers().reset(breakerKey(orgId, serverId));

/** The servers whose calls fail on this instance; see `Breakers.failing`. */
export const failingServers = (withinMs: number): { orgId: string; serverId: string }[] =>
  breakers()
    .failing(withinMs)
    .flatMap((key) => {
      const [orgId, serverId] = key.split(" ");
      return orgId && serverId ? [{ orgId, serverId }] : [];
    });
