import type { Database } from "@/lib/db/types";
import type { Caller } from "@/lib/gateway/ports";
import { limits, type RequestsPerSecond } from "@/lib/limits";
import { faultWords, log } from "@/lib/report";
import { Buckets } from "@/lib/throttle/buckets";
import { addConsumption } from "@/lib/throttle/consumption";

export type RateKind = "grant" | "person" | "organization";
export type OverRate = { over: RateKind; retryAfterSeconds: number };

const exchangeMs = 1_000;
const keysPerExchange = 500;

/**
 * How fast requests may come for each grant, person and organization, on all instances together (ME-14). A check is arithmetic in
 * memory; once a second an instance tells the database what its busy keys used, and learns what the others did. So together they
 * keep the rate over time, and exceed it by a second's worth each at the most before they know of each other.
 */
export class Rates {
  private readonly grants: Buckets;
  private readonly people: Buckets;
  private readonly organizations: Buckets;
  /** Refused tokens, by network address. They are this process's own business: what they cost is a look-up each. */
  readonly strangers: Buckets;
  private timer: NodeJS.Timeout | null = null;
  private exchanging: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: Database,
    { grant, person, organization, stranger }: RequestsPerSecond,
    private readonly clock: () => number = () => performance.now(),
  ) {
    const buckets = (perSecond: number) => new Buckets({ perSecond, burst: perSecond * limits.rateBurstSeconds });
    this.grants = buckets(grant);
    this.people = buckets(person);
    this.organizations = buckets(organization);
    this.strangers = buckets(stranger);
  }

  /** Counts a request; what is over its rate, if anything. The narrowest is asked first, so one client's haste costs its organization nothing. */
  check({ grantId, id, view }: Caller): OverRate | null {
    const now = this.clock();
    const byGrant = this.grants.take(grantId, now);
    if (byGrant > 0) return { over: "grant", retryAfterSeconds: byGrant };
    const byPerson = this.people.take(id, now);
    if (byPerson > 0) return { over: "person", retryAfterSeconds: byPerson };
    const byOrg = this.organizations.take(view.org.id, now);
    return byOrg > 0 ? { over: "organization", retryAfterSeconds: byOrg } : null;
  }

  /** Shares what was used from now on, until `stop`. */
  start(): void {
    this.timer ??= setInterval(() => {
      this.exchanging = this.exchanging.then(() => this.exchange()).catch((error: unknown) => log("warn", "rates", { error: faultWords(error) }));
    }, exchangeMs).unref();
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.exchanging;
  }

  async exchange(): Promise<void> {
    const now = this.clock();
    this.strangers.sweep(now);
    const shared = [this.grants, this.people, this.organizations];
    for (const buckets of shared) buckets.sweep(now);
    // A key that is far from its rate is not worth a row; its use adds up until it is.
    const busy = shared.flatMap((buckets) => buckets.unsaid(Math.max(1, buckets.rate.perSecond / 20)).map((one) => ({ ...one, buckets })));
    if (busy.length === 0) return;
    const told = busy.sort((a, b) => b.used - a.used).slice(0, keysPerExchange);
    const totals = await addConsumption(this.db, told, new Date());
    for (const { buckets, key, used } of told) buckets.settle(key, used, totals.get(key) ?? used);
  }
}
