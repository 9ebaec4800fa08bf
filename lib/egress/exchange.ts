import type { Dispatcher } from "undici";
import { limits } from "@/lib/limits";
import { Body } from "./body";
import { EgressError, toEgressError } from "./errors";
import type { EgressOptions, EgressResponse } from "./request";

type Headers = Record<string, string | string[] | undefined>;

/** One request and its answer, driven by the dispatcher's callbacks. */
export class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private body: Body | null = null;
  private failure: EgressError | null = null;
  private finished = false;
  private delivered = false;
  private connecting: NodeJS.Timeout | null = null;
  private total: NodeJS.Timeout | null = null;
  private resolve: (response: EgressResponse) => void = () => {};
  private reject: (error: Error) => void = () => {};

  constructor(private readonly options: EgressOptions) {}

  start(dispatcher: Dispatcher, target: { origin: string; path: string }): Promise<EgressResponse> {
    const { options } = this;
    if (options.signal?.aborted) return Promise.reject(new EgressError("aborted", false, "aborted"));
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      options.signal?.addEventListener("abort", this.onAbort, { once: true });
      this.connecting = setTimeout(this.onConnectTimeout, options.connectTimeoutMs ?? limits.upstreamConnectMs);
      this.total = setTimeout(this.onTotalTimeout, options.totalTimeoutMs ?? limits.callTimeoutMs);
      try {
        dispatcher.dispatch(
          {
            origin: target.origin,
            path: target.path,
            method: options.method,
            headers: { "user-agent": "Gatehouse", ...options.headers, "accept-encoding": "identity" },
            body: options.body,
            headersTimeout: options.headersTimeoutMs ?? limits.upstreamHeadersMs,
            bodyTimeout: options.bodyTimeoutMs ?? limits.upstreamIdleMs,
            // Nothing is sent twice behind our back, not even a GET.
            idempotent: false,
          },
          this,
        );
      } catch (error) {
        this.fail(toEgressError(error, false));
      }
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.connecting) clearTimeout(this.connecting);
    if (this.failure) {
      controller.abort(this.failure);
      return;
    }
    this.delivered = true;
    this.options.onDelivered?.();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    const plain = flat(headers);
    const refusal = this.refusal(status, plain);
    if (refusal) {
      this.fail(refusal);
      return;
    }
    const body = new Body({ pause: () => controller.pause(), resume: () => controller.resume(), abort: (reason) => this.fail(reason) }, this.options.maxBytes);
    this.body = body;
    this.resolve({ status, headers: plain, body, text: () => body.text(), dump: () => body.dump() });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.body?.push(chunk);
  }

  onResponseEnd(): void {
    this.settle();
    this.body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(this.failure ?? toEgressError(error, this.delivered));
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

  private fail(error: Error): void {
    if (this.finished) return;
    this.failure = toEgressError(error, this.delivered);
    this.settle();
    this.controller?.abort(this.failure);
    if (this.body) this.body.fail(this.failure);
    else this.reject(this.failure);
  }

  private settle(): void {
    this.finished = true;
    if (this.connecting) clearTimeout(this.connecting);
    if (this.total) clearTimeout(this.total);
    this.options.signal?.removeEventListener("abort", this.onAbort);
  }

  private readonly onAbort = () => this.fail(new EgressError("aborted", this.delivered, "aborted"));
  private readonly onConnectTimeout = () => this.fail(new EgressError("timeout", false, "no connection in time"));
  private readonly onTotalTimeout = () => this.fail(new EgressError("timeout", this.delivered, "no complete answer in time"));
}

function flat(headers: Headers): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) result[name] = typeof value === "string" ? value : value.join(", ");
  }
  return result;
}
