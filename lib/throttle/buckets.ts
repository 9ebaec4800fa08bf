export type Rate = { perSecond: number; burst: number };

type Bucket = { level: number; at: number; used: number; total: number | null };
const keysMax = 50_000;

/**
 * Token buckets in memory, one for each key: a request takes one token, and so many come back each second. What other instances
 * took is subtracted when it becomes known (`settle`), so a bucket may owe; over time all of them together keep the rate.
 */
export class Buckets {
  private readonly all = new Map<string, Bucket>();

  constructor(readonly rate: Rate) {}

  /** 0 when a token was taken; otherwise in how many seconds there is one. */
  take(key: string, nowMs: number): number {
    const bucket = this.filled(key, nowMs);
    if (bucket.level < 1) return this.secondsUntil(bucket);
    bucket.level -= 1;
    bucket.used++;
    return 0;
  }

  /** The same without taking one. */
  wait(key: string, nowMs: number): number {
    if (!this.all.has(key)) return 0;
    const bucket = this.filled(key, nowMs);
    return bucket.level < 1 ? this.secondsUntil(bucket) : 0;
  }

  /** Keys with so much use that the other instances do not know of. */
  unsaid(usedMin: number): { key: string; used: number }[] {
    const found: { key: string; used: number }[] = [];
    for (const [key, { used }] of this.all) if (used >= usedMin) found.push({ key, used });
    return found;
  }

  /** `total` is what all instances ever said of this key, `said` of it being ours just now. A smaller total than before was begun anew. */
  settle(key: string, said: number, total: number): void {
    const bucket = this.all.get(key);
    if (!bucket) return;
    bucket.used -= said;
    const before = bucket.total === null ? total - said : bucket.total > total ? 0 : bucket.total;
    bucket.level -= Math.max(0, total - before - said);
    // A debt beyond one burst would shut somebody out for long, for what they did elsewhere before anybody told them to wait.
    bucket.level = Math.max(bucket.level, -this.rate.burst);
    bucket.total = total;
  }

  /** Forgets who has not asked for so long that nothing is left to remember. */
  sweep(nowMs: number): void {
    for (const [key, bucket] of this.all) {
      if (bucket.used === 0 && (nowMs - bucket.at) * this.rate.perSecond >= (this.rate.burst - bucket.level) * 1_000) this.all.delete(key);
    }
  }

  get size(): number {
    return this.all.size;
  }

  private filled(key: string, nowMs: number): Bucket {
    const { perSecond, burst } = this.rate;
    let bucket = this.all.get(key);
    if (!bucket) {
      bucket = { level: burst, at: nowMs, used: 0, total: null };
      if (this.all.size >= keysMax) this.dropOldest();
      this.all.set(key, bucket);
    }
    bucket.level = Math.min(burst, bucket.level + ((nowMs - bucket.at) * perSecond) / 1_000);
    bucket.at = nowMs;
    return bucket;
  }

  private secondsUntil({ level }: Bucket): number {
    return Math.max(1, Math.ceil((1 - level) / this.rate.perSecond));
  }

  private dropOldest(): void {
    for (const key of this.all.keys()) {
      this.all.delete(key);
      return;
    }
  }
}
