import type { Refusal } from "./refused-rows";

export type BatchSettings = {
  batchMax: number;
  /** How long the first item of a batch waits for others; without it, as long as it takes to hear what has arrived already. */
  delayMs?: number;
  /** A batch that fails takes along what waits behind it, which would only wait to fail as well. */
  failsTogether?: boolean;
};

/** Group commit: items that arrive while a batch is written go together in the next. One batch is under way at a time. */
export class Batches<T> {
  private waiting: Waiting<T>[] = [];
  private writing: Promise<void> | null = null;
  private count = 0;

  constructor(
    /** Writes a batch, and tells which of its items were refused. */
    private readonly write: (items: T[]) => Promise<readonly Refusal[]>,
    private readonly settings: BatchSettings,
  ) {}

  /** How many items wait or are being written. */
  get size(): number {
    return this.count;
  }

  /** Resolves when the item is written, rejects when it was refused or its batch failed. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.count++;
      this.waiting.push({ item, resolve, reject });
      this.writing ??= this.run();
    });
  }

  /** Resolves when fewer than so many items are left, rejects when that takes too long. */
  async below(size: number, msMax: number): Promise<void> {
    for (const until = performance.now() + msMax; this.count >= size; ) {
      if (performance.now() > until) throw new Error("the database does not keep up");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Resolves when the queue has run empty. */
  async drained(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private async run(): Promise<void> {
    const { batchMax } = this.settings;
    while (this.waiting.length > 0) {
      if (this.waiting.length < batchMax) await this.gather();
      const batch = this.waiting.splice(0, batchMax);
      try {
        const refused = new Map((await this.write(batch.map(({ item }) => item))).map(({ at, error }) => [at, error]));
        batch.forEach(({ resolve, reject }, i) => {
          if (refused.has(i)) reject(refused.get(i));
          else resolve();
        });
      } catch (error) {
        if (this.settings.failsTogether) batch.push(...this.waiting.splice(0));
        for (const { reject } of batch) reject(error);
      } finally {
        this.count -= batch.length;
      }
    }
    this.writing = null;
  }

  private gather(): Promise<void> {
    const { delayMs } = this.settings;
    return new Promise((resolve) => (delayMs === undefined ? setImmediate(resolve) : setTimeout(resolve, delayMs)));
  }
}

type Waiting<T> = { item: T; resolve: () => void; reject: (error: unknown) => void };
