/**
 * Group commit: the first item is written at once, those that arrive meanwhile go together in the next batch.
 * One batch is under way at a time, and the queue is bounded.
 */
export class Batches<T> {
  private waiting: Waiting<T>[] = [];
  private writing: Promise<void> | null = null;
  private count = 0;

  constructor(
    /** Writes a batch; may tell for each item, in order, how it went. */
    private readonly write: (items: T[]) => Promise<readonly PromiseSettledResult<unknown>[] | undefined>,
    private readonly batchMax: number,
  ) {}

  /** How many items wait or are being written. */
  get size(): number {
    return this.count;
  }

  /** Resolves when the item is written, rejects when its batch failed. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.count++;
      this.waiting.push({ item, resolve, reject });
      this.writing ??= this.run();
    });
  }

  /** Resolves when the queue has run empty. */
  async drained(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private async run(): Promise<void> {
    // One turn of the event loop lets what arrived together be written together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.batchMax);
      try {
        const outcomes = await this.write(batch.map((waiting) => waiting.item));
        batch.forEach((waiting, i) => {
          const outcome = outcomes?.[i];
          if (outcome?.status === "rejected") waiting.reject(outcome.reason);
          else waiting.resolve();
        });
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      } finally {
        this.count -= batch.length;
      }
    }
    this.writing = null;
  }
}

type Waiting<T> = { item: T; resolve: () => void; reject: (error: unknown) => void };
