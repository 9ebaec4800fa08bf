import { isEgressError } from "@/lib/egress/errors";
import { type Stop, Stopper } from "@/lib/stop";
import { isUpstreamFailure, type UpstreamFailure } from "../upstream-types";
import { failure, toFailure } from "./failures";

/**
 * How long one exchange may last: so long in silence, and so long at all (AV-01). Its signal aborts on expiry and when the outer
 * signal does. Silence is not counted while somebody holds the clock, which is while the server waits for the client.
 */
export class Deadline {
  private readonly stopper = new Stopper();
  private readonly absoluteAt: number;
  private idleAt: number;
  private holds = 0;
  private isExpired = false;
  /** Whether the time ran out while the server waited for the client, which is nothing the server can help. */
  isClientLate = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly idleMs: number,
    absoluteMs: number,
    private readonly outer?: Stop,
  ) {
    const now = performance.now();
    this.absoluteAt = now + absoluteMs;
    this.idleAt = now + idleMs;
    if (outer?.aborted) this.stopper.abort();
    else outer?.addEventListener("abort", this.onOuter, { once: true });
    this.arm();
  }

  get signal(): Stop {
    return this.stopper;
  }

  /** The server has said something that counts; bytes alone do not. */
  touch(): void {
    if (this.holds === 0) this.idleAt = performance.now() + this.idleMs;
  }

  /** Stops counting silence until the returned function is called. */
  hold(): () => void {
    let held = true;
    this.holds++;
    this.idleAt = Number.POSITIVE_INFINITY;
    return () => {
      if (!held) return;
      held = false;
      this.holds--;
      this.touch();
      this.arm();
    };
  }

  /** Waits without counting it as silence. */
  async pause(ms: number): Promise<void> {
    const release = this.hold();
    let timer: NodeJS.Timeout | undefined;
    const slept = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await this.race(slept).finally(() => {
      clearTimeout(timer);
      release();
    });
  }

  /** The promise, or a rejection as soon as the time is up; the promise itself goes on. */
  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(failure(this.isExpired ? "timeout" : "cancelled", false));
      if (this.signal.aborted) onAbort();
      this.signal.addEventListener("abort", onAbort);
      promise.then(
        (value) => {
          this.signal.removeEventListener("abort", onAbort);
          resolve(value);
        },
        (error: unknown) => {
          this.signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      );
    });
  }

  /** What an error means, given that the abort may be the cause of it. */
  explain(error: unknown): UpstreamFailure {
    if (!this.signal.aborted) return toFailure(error);
    const delivered = isEgressError(error) || isUpstreamFailure(error) ? error.delivered : true;
    return failure(this.isExpired ? "timeout" : "cancelled", delivered, undefined, error);
  }

  end(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.outer?.removeEventListener("abort", this.onOuter);
  }

  private arm(): void {
    if (this.timer) clearTimeout(this.timer);
    if (!this.signal.aborted) this.timer = setTimeout(this.check, Math.max(1, Math.ceil(Math.min(this.idleAt, this.absoluteAt) - performance.now())));
  }

  private readonly check = () => {
    if (performance.now() < Math.min(this.idleAt, this.absoluteAt)) return this.arm();
    this.isExpired = true;
    this.isClientLate = this.holds > 0;
    this.stopper.abort();
  };

  private readonly onOuter = () => this.stopper.abort();
}

/** One exchange with a fixed time, whatever the server says in it. */
export async function within<T>(timeoutMs: number, outer: Stop | undefined, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  const deadline = new Deadline(timeoutMs, timeoutMs, outer);
  try {
    return await work(deadline);
  } catch (error) {
    throw deadline.signal.aborted ? deadline.explain(error) : error;
  } finally {
    deadline.end();
  }
}

/** For the way out, where a deadline's signal bounds an exchange, and knows why: once it has a connection, a tool may think in silence. */
export const unbounded = {
  headersTimeoutMs: Number.POSITIVE_INFINITY,
  bodyTimeoutMs: Number.POSITIVE_INFINITY,
  totalTimeoutMs: Number.POSITIVE_INFINITY,
};
