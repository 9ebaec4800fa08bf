import { raises } from "@/lib/orgs/access-version";
import { inTime } from "./in-time";

/** For so long a version counts as current after it was read; another instance's change is seen within this time (design 4.16). */
const currentMs = 1_000;
const pollMs = 250;
const pollTimeoutMs = 2_000;
/** Without a database, what was known is used for so long, and then nothing is. */
const awayMsMax = 30_000;
/** An organization that nobody has asked for is not polled, though what was read is kept for when the database is away. */
const interestMs = 5_000;
/** A transaction ends or is ended by the database within this time; one that was rolled back leaves its raise behind. */
const raiseMsMax = 60_000;

type Known = { version: number; readAt: number; usedAt: number };
type ReadVersions = (orgIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;

/**
 * Which access version each organization has, without asking for every request: one query each quarter of a second reads those that are in
 * use or followed. What this process changes itself counts at once.
 */
export class AccessVersions {
  private readonly known = new Map<string, Known>();
  private readonly followed = new Map<string, number>();
  private poll: Promise<void> | null = null;
  private isAway = false;
  private timer: NodeJS.Timeout | null = null;

  /** `isAlone`: no other process can change the database, so what was read stays true until this one changes it. */
  constructor(
    private readonly read: ReadVersions,
    private readonly isAlone: boolean,
    /** Called after each look at the database that found it, for those who follow organizations. */
    private readonly looked: () => void = () => {},
  ) {}

  /** The version that counts now, or undefined when it has to be read first. */
  current(orgId: string): number | undefined {
    const known = this.known.get(orgId);
    if (!known || this.isRaised(orgId)) return undefined;
    const now = performance.now();
    known.usedAt = now;
    if (this.isAlone) return known.version;
    this.watch();
    const age = now - known.readAt;
    return age <= currentMs || (this.isAway && age <= awayMsMax) ? known.version : undefined;
  }

  /** Whether a change of this process is on its way into the database, or just got there: then only the database knows. */
  isRaised(orgId: string): boolean {
    const raised = raises().get(orgId);
    if (!raised) return false;
    if (performance.now() - raised.at <= raiseMsMax) return true;
    raises().delete(orgId);
    return false;
  }

  /** Told of a version that a query returned which was sent at `readAt`. Versions only rise. */
  learn(orgId: string, version: number, readAt: number): void {
    const raised = raises().get(orgId);
    if (raised && version >= raised.version) raises().delete(orgId);
    const known = this.known.get(orgId);
    if (!known) this.known.set(orgId, { version, readAt, usedAt: performance.now() });
    else if (version >= known.version) Object.assign(known, { version, readAt: Math.max(readAt, known.readAt) });
  }

  /** The highest version seen so far. */
  latest(orgId: string): number {
    return this.known.get(orgId)?.version ?? 0;
  }

  /** Reads the version again and again until it is let go, so that `latest` is up to date after each look. */
  follow(orgId: string): () => void {
    this.followed.set(orgId, (this.followed.get(orgId) ?? 0) + 1);
    this.watch();
    return () => {
      const left = (this.followed.get(orgId) ?? 1) - 1;
      if (left > 0) this.followed.set(orgId, left);
      else this.followed.delete(orgId);
    };
  }

  /** Reads the versions in use now, together with everyone who asks meanwhile, and says what counts then. */
  async confirmed(orgId: string): Promise<number | undefined> {
    await this.readOnce();
    return this.current(orgId) ?? (this.isRaised(orgId) ? undefined : this.fresh(orgId));
  }

  /** Whether something that was known before the database went away still counts. */
  get outlivesDatabase(): boolean {
    const now = performance.now();
    for (const { readAt } of this.known.values()) if (now - readAt <= awayMsMax) return true;
    return false;
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  // A slow database may take longer for its answer than that counts; to those who waited for it, it is the answer.
  private fresh(orgId: string): number | undefined {
    const known = this.known.get(orgId);
    return known && !this.isAway && performance.now() - known.readAt <= currentMs + pollTimeoutMs ? known.version : undefined;
  }

  private watch(): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      void this.look().then(() => {
        this.timer = null;
        if (this.isWanted()) this.watch();
      });
    }, pollMs);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    // Where nobody else changes anything there is nothing to read until a change of our own.
    if (!this.isAlone || [...this.followed.keys()].some((orgId) => this.isRaised(orgId))) {
      await this.readOnce();
    }
    if (this.followed.size > 0 && !this.isAway) this.looked();
  }

  private isWanted(): boolean {
    return this.followed.size > 0 || (!this.isAlone && this.known.size > 0);
  }

  private readOnce(): Promise<void> {
    // `readAll` is done at once where nothing is in use, so it must not be what ends the poll: that would be before it has begun.
    this.poll ??= this.readAll().finally(() => {
      this.poll = null;
    });
    return this.poll;
  }

  private async readAll(): Promise<void> {
    const readAt = performance.now();
    for (const [orgId, { usedAt }] of this.known) if (readAt - usedAt > awayMsMax && !this.followed.has(orgId)) this.known.delete(orgId);
    const used = [...this.known].filter(([, { usedAt }]) => readAt - usedAt <= interestMs).map(([orgId]) => orgId);
    const orgIds = [...new Set([...used, ...this.followed.keys()])];
    try {
      const versions = orgIds.length === 0 ? new Map<string, number>() : await inTime(this.read(orgIds), pollTimeoutMs);
      this.isAway = false;
      for (const orgId of orgIds) {
        const version = versions.get(orgId);
        if (version === undefined) this.known.delete(orgId);
        else this.learn(orgId, version, readAt);
      }
    } catch {
      this.isAway = true;
    }
  }
}
