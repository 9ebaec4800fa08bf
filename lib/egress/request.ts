import type { Stop } from "@/lib/stop";
import { env } from "@/lib/env";
import { singleton } from "@/lib/singleton";
import { type Connect, makeConnector, type Resolve, systemResolve } from "./connector";
import { checkedUrl } from "./destination";
import { EgressError } from "./errors";
import { Exchange } from "./exchange";
import { type Place, Pools } from "./pools";
import { type HeaderSets, requestHead } from "./request-head";

export { type EgressCause, EgressError, isEgressError } from "./errors";

export type EgressOptions = {
  method: "GET" | "POST" | "DELETE";
  /** Of several sets the later ones win. */
  headers?: HeaderSets;
  body?: string | Buffer;
  signal?: Stop;
  /** Times may be infinite where `signal` bounds them. This one: from here until the request is written: finding the address, connecting, TLS. */
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

/** One way out with its own connections; tests bring a resolver. Its pools are by origin, and so is what they may reach. */
export function makeEgress(settings: { allow: readonly string[]; resolve?: Resolve; connect?: Connect }): Egress {
  const open = makeConnector({ allow: settings.allow, resolve: settings.resolve ?? systemResolve, connect: settings.connect });
  const pools = new Pools(open);
  // Parsing and checking a URL is a third of a short request's work; the last ones are remembered, verdict included.
  const checked = new Map<string, Place>();
  return (given, options) => {
    const key = String(given);
    let place = checked.get(key);
    try {
      if (!place) {
        place = placeOf(checkedUrl(given, settings.allow));
        if (checked.size >= 1_000) checked.clear();
        checked.set(key, place);
      }
      if (options.signal?.aborted) throw new EgressError("aborted", false, "aborted");
      const request = { head: requestHead(place, options), body: options.body };
      return new Exchange(options, request, pools.of(place, options.isStream === true)).start();
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

const placeOf = ({ protocol, hostname, port, host, pathname, search }: URL): Place => ({ protocol, hostname, port, host, path: `${pathname}${search}` });
