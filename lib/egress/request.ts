import type { Stop } from "@/lib/stop";
import { Agent } from "undici";
import { env } from "@/lib/env";
import { limits } from "@/lib/limits";
import { singleton } from "@/lib/singleton";
import { type Connect, makeConnector, type Resolve, systemResolve } from "./connector";
import { checkedUrl } from "./destination";
import { Exchange } from "./exchange";

export { type EgressCause, EgressError, isEgressError } from "./errors";

export type EgressOptions = {
  method: "GET" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal?: Stop;
  /** From here until the request is written: finding the address, connecting, TLS. */
  connectTimeoutMs?: number;
  headersTimeoutMs?: number;
  /** Between two pieces of the body. */
  bodyTimeoutMs?: number;
  /** Absolute, from here until the last byte; dripping does not extend it. */
  totalTimeoutMs?: number;
  maxBytes: number;
  /** A stream that stays open for hours takes its connection from a pool of its own, so that streams never keep calls waiting. */
  isStream?: boolean;
  /** A redirect is handed over like any answer, for who looks at where it leads; it is never followed. */
  showsRedirects?: boolean;
  /** Called when the request is about to be written. */
  onDelivered?: () => void;
};

export type EgressResponse = {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Buffer>;
  text(): Promise<string>;
  /** Lets go of a body that nobody will read. */
  dump(): void;
};

export type Egress = (url: string | URL, options: EgressOptions) => Promise<EgressResponse>;

/**
 * The only way out (design 4.14): https, no redirects, no compression, bounded in size and time, and the address is checked on
 * the socket. Throws `EgressError`; its `delivered` says whether the request may have reached the other side.
 */
export const egressRequest: Egress = (url, options) => singleton("egress", () => makeEgress({ allow: env().egressAllow }))(url, options);

/** One way out with its own connections; tests bring a resolver. The agent's pools are by origin, and so is what they may reach. */
export function makeEgress(settings: { allow: readonly string[]; resolve?: Resolve; connect?: Connect }): Egress {
  const connect = makeConnector({ allow: settings.allow, resolve: settings.resolve ?? systemResolve, connect: settings.connect });
  // Proxy variables of the environment are ignored: an `Agent` knows none (UP-06).
  const shared = { connect, pipelining: 1, allowH2: false, maxHeaderSize: limits.upstreamHeaderBytesMax, keepAliveTimeout: 10_000 };
  const agent = new Agent({ ...shared, connections: 128 });
  const streams = new Agent({ ...shared, connections: 1_024 });
  // Parsing and checking a URL is a third of a short request's work; the last ones are remembered, verdict included.
  const checked = new Map<string, { origin: string; path: string }>();
  return (given, options) => {
    const key = String(given);
    let target = checked.get(key);
    if (!target) {
      try {
        const url = checkedUrl(given, settings.allow);
        target = { origin: url.origin, path: `${url.pathname}${url.search}` };
      } catch (error) {
        return Promise.reject(error);
      }
      if (checked.size >= 1_000) checked.clear();
      checked.set(key, target);
    }
    return new Exchange(options).start(options.isStream ? streams : agent, target);
  };
}
