import { setTimeout as pause } from "node:timers/promises";

/** Chance that can be had again: the same seed, the same choices. */
export class Random {
  constructor(private state: number) {}

  /** Mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  of<T>(all: readonly T[]): T {
    return all[Math.floor(this.next() * all.length)] as T;
  }

  weighted<T extends { weight: number }>(all: readonly T[]): T {
    let left = this.next() * all.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = all.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    return chosen ?? (all[0] as T);
  }
}

export type Kind = "healthy" | "hostile";
export type Done = { kind: Kind; name: string; ms: number };

/** What was done, and what went otherwise than promised. */
export class Tally {
  private done: Done[] = [];
  readonly totals = new Map<string, number>();
  readonly faults: string[] = [];
  open = 0;

  async run(kind: Kind, name: string, work: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    this.open++;
    try {
      await work();
      this.done.push({ kind, name, ms: performance.now() - began });
      this.totals.set(`${kind} ${name}`, (this.totals.get(`${kind} ${name}`) ?? 0) + 1);
    } catch (error) {
      this.faults.push(
        `${new Date().toISOString().slice(11, 19)} ${kind} ${name}: ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}`,
      );
    } finally {
      this.open--;
    }
  }

  /** Everything since the last time. */
  take(): Done[] {
    const { done } = this;
    this.done = [];
    return done;
  }
}

/** So many actions a second, whatever becomes of them, until it is time; resolves when all are through. */
export async function flow<A extends { name: string; weight: number }>(
  settings: { kind: Kind; actions: readonly A[]; perSecond: number; openMax: number; random: Random; tally: Tally; until: () => boolean },
  run: (action: A) => Promise<unknown>,
): Promise<void> {
  const { kind, actions, perSecond, openMax, random, tally, until } = settings;
  const open = new Set<Promise<void>>();
  let due = performance.now();
  while (!until()) {
    for (; due <= performance.now(); due += 1_000 / perSecond) {
      if (open.size >= openMax) continue;
      const action = random.weighted(actions);
      const one: Promise<void> = tally.run(kind, action.name, () => run(action)).then(() => void open.delete(one));
      open.add(one);
    }
    await pause(5);
  }
  await Promise.all(open);
}
