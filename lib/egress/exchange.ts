import { limits } from "@/lib/limits";
import { Body } from "./body";
import type { Connection } from "./connection";
import { EgressError, toEgressError } from "./errors";
import type { Pool, Request, Waiting } from "./pool";
import type { EgressOptions, EgressResponse } from "./request";

/** One request and its answer, from waiting for a connection to the last byte. */
export class Exchange implements Waiting, EgressResponse {
  status = 0;
  headers: Record<string, string> = {};
  readonly body: Body;
  private connection: Connection | null = null;
  private isOver = false;
  private isDelivered = false;
  private isAnswered = false;
  private timer: NodeJS.Timeout | null = null;
  /** When to give up, in the clock of `performance.now()`: waiting for what comes next, and altogether. */
  private nextUntil: number;
  private readonly until: number;
  private resolve: (response: EgressResponse) => void = () => {};
  private reject: (error: Error) => void = () => {};

  constructor(
    private readonly options: EgressOptions,
    readonly request: Request,
    private readonly pool: Pool,
  ) {
    const now = performance.now();
    this.nextUntil = now + (options.connectTimeoutMs ?? limits.upstreamConnectMs);
    this.until = now + (options.totalTimeoutMs ?? limits.callTimeoutMs);
    this.body = new Body(this, options.maxBytes);
  }

  start(): Promise<EgressResponse> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.options.signal?.addEventListener("abort", this.onAbort, { once: true });
      this.pool.take(this);
      if (!this.isDelivered) this.arm();
    });
  }

  text(): Promise<string> {
    return this.body.text();
  }

  dump(): void {
    this.body.dump();
  }

  begin(connection: Connection): void {
    this.connection = connection;
    this.isDelivered = true;
    this.nextUntil = performance.now() + (this.options.headersTimeoutMs ?? limits.upstreamHeadersMs);
    this.arm();
    this.options.onDelivered?.();
  }

  head(status: number, headers: Record<string, string>): void {
    const refusal = this.refusal(status, headers);
    if (refusal) {
      this.fail(refusal);
      return;
    }
    this.isAnswered = true;
    this.status = status;
    this.headers = headers;
    this.heard();
    this.arm();
    this.resolve(this);
  }

  data(chunk: Buffer): void {
    if (this.isOver) return;
    this.heard();
    this.body.push(chunk);
  }

  end(): void {
    if (this.isOver) return;
    this.settle();
    this.connection = null;
    this.body.end();
  }

  fail(error: Error): void {
    if (this.isOver) return;
    const failure = toEgressError(error, this.isDelivered);
    this.settle();
    if (this.connection) this.connection.destroy();
    else this.pool.leave(this);
    if (this.isAnswered) this.body.fail(failure);
    else this.reject(failure);
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  abort(reason: Error): void {
    this.fail(reason);
  }

  private refusal(status: number, headers: Record<string, string>): EgressError | null {
    if (status >= 300 && status < 400 && !this.options.showsRedirects)
      return new EgressError("redirect", true, `the server answered with a redirect (${status})`);
    const encoding = headers["content-encoding"];
    // Decided before any decoder could run (UP-25).
    if (encoding && encoding.toLowerCase() !== "identity") return new EgressError("encoding", true, "the answer is compressed though nobody asked");
    const { maxBytes } = this.options;
    if (Number(headers["content-length"] ?? 0) > maxBytes) return new EgressError("too_large", true, `the answer is larger than ${maxBytes} bytes`);
    return null;
  }

  private settle(): void {
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.options.signal?.removeEventListener("abort", this.onAbort);
  }

  private heard(): void {
    this.nextUntil = performance.now() + (this.options.bodyTimeoutMs ?? limits.upstreamIdleMs);
  }

  /** None where a caller's signal bounds everything. */
  private arm(): void {
    if (this.timer) clearTimeout(this.timer);
    const until = Math.min(this.nextUntil, this.until);
    this.timer = until === Number.POSITIVE_INFINITY ? null : setTimeout(this.check, Math.max(1, Math.ceil(until - performance.now())));
  }

  private readonly check = () => {
    if (performance.now() < Math.min(this.nextUntil, this.until)) return this.arm();
    this.fail(new EgressError("timeout", this.isDelivered, this.isDelivered ? "no complete answer in time" : "no connection in time"));
  };

  private readonly onAbort = () => this.fail(new EgressError("aborted", this.isDelivered, "aborted"));
}
