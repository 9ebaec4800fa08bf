import { EgressError } from "./errors";

type Flow = { pause(): void; resume(): void; abort(reason: Error): void };
type Waiter = { resolve(chunk: Buffer | null): void; reject(error: Error): void };

const pauseAboveBytes = 262_144;

/** A response body: either collected whole by `text`, without a step a chunk, or read chunk by chunk with back-pressure. Counts as it goes. */
export class Body implements AsyncIterable<Buffer> {
  private chunks: Buffer[] = [];
  private queuedBytes = 0;
  private receivedBytes = 0;
  private ended = false;
  private error: Error | null = null;
  private waiter: Waiter | null = null;
  private whole: { resolve(text: string): void; reject(error: Error): void } | null = null;

  constructor(
    private readonly flow: Flow,
    private readonly maxBytes: number,
  ) {}

  text(): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.error) return reject(this.error);
      this.whole = { resolve, reject };
      if (this.ended) this.finishWhole();
      else this.flow.resume();
    });
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Buffer> {
    try {
      for (let chunk = await this.next(); chunk !== null; chunk = await this.next()) yield chunk;
    } finally {
      this.dump();
    }
  }

  /** Drops the connection unless the body has arrived already. */
  dump(): void {
    if (!this.ended && !this.error) this.flow.abort(new EgressError("aborted", true, "no longer wanted"));
  }

  push(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > this.maxBytes) {
      this.flow.abort(new EgressError("too_large", true, `the answer is larger than ${this.maxBytes} bytes`));
      return;
    }
    if (this.waiter) {
      const { resolve } = this.waiter;
      this.waiter = null;
      resolve(chunk);
      return;
    }
    this.chunks.push(chunk);
    this.queuedBytes += chunk.length;
    if (!this.whole && this.queuedBytes > pauseAboveBytes) this.flow.pause();
  }

  end(): void {
    this.ended = true;
    this.waiter?.resolve(null);
    this.waiter = null;
    this.finishWhole();
  }

  fail(error: Error): void {
    if (this.ended || this.error) return;
    this.error = error;
    this.chunks = [];
    this.waiter?.reject(error);
    this.whole?.reject(error);
    this.waiter = null;
    this.whole = null;
  }

  private next(): Promise<Buffer | null> {
    if (this.error) return Promise.reject(this.error);
    const chunk = this.chunks.shift();
    if (chunk) {
      this.queuedBytes -= chunk.length;
      if (this.queuedBytes === 0 && !this.ended) this.flow.resume();
      return Promise.resolve(chunk);
    }
    if (this.ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
    });
  }

  private finishWhole(): void {
    if (!this.whole) return;
    const [only] = this.chunks;
    this.whole.resolve(this.chunks.length === 1 && only ? only.toString("utf8") : Buffer.concat(this.chunks).toString("utf8"));
    this.whole = null;
    this.chunks = [];
  }
}
