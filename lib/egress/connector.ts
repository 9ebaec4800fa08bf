import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { type NetConnectOpts, type LookupFunction, connect as netConnect, isIP, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { limits } from "@/lib/limits";
import { assertAddress, portOf, type Reach, reachOf } from "./destination";
import { EgressError } from "./errors";

export type Resolve = (hostname: string) => Promise<LookupAddress[]>;
export type Connect = (options: NetConnectOpts) => Socket;
export type Origin = { protocol: string; hostname: string; port: string };
export type Open = (origin: Origin, done: (error: Error | null, socket: Socket | null) => void) => void;

export const systemResolve: Resolve = (hostname) =>
  new Promise((resolve, reject) => dnsLookup(hostname, { all: true, verbatim: true }, (error, found) => (error ? reject(error) : resolve(found))));

/**
 * Opens the connections of the pool. The address is checked where it is used: every answer of the resolver, and then the
 * connected socket before its first byte, TLS included (UP-04).
 */
export function makeConnector(settings: { allow: readonly string[]; resolve: Resolve; connect?: Connect }): Open {
  const connect = settings.connect ?? netConnect;
  return ({ protocol, hostname, port: given }, callback) => {
    const port = portOf(protocol, given);
    const reach = reachOf(hostname, port, settings.allow);
    const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
    const tcp = connect({
      host,
      port,
      lookup: checkedLookup(settings.resolve, reach),
      autoSelectFamily: true,
      keepAlive: true,
      noDelay: true,
    });
    let open: Socket = tcp;
    const timer = setTimeout(() => finish(new EgressError("timeout", false, "no connection in time")), limits.upstreamConnectMs);
    let done = false;
    const finish = (error: unknown) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      if (!error) return callback(null, open);
      open.destroy();
      tcp.destroy();
      callback(error instanceof Error ? error : new Error(String(error)), null);
    };
    // A listener for the socket's whole life: an error that nobody hears would end the process (AV-06).
    tcp.on("error", finish);
    tcp.once("connect", () => {
      try {
        assertAddress(tcp.remoteAddress ?? "", reach);
      } catch (error) {
        return finish(error);
      }
      if (protocol !== "https:") return finish(null);
      const secure = tlsConnect({ socket: tcp, servername: isIP(host) === 0 ? host : undefined, host, ALPNProtocols: ["http/1.1"] });
      open = secure;
      secure.on("error", (error) => finish(done ? error : tlsFailure(error)));
      secure.once("secureConnect", () => finish(null));
    });
  };
}

const tlsFailure = (error: Error) => new EgressError("tls", false, "the secure connection failed", { cause: error });

function checkedLookup(resolve: Resolve, reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        try {
          if (found.length === 0) throw new EgressError("dns", false, "the name has no address");
          // One bad answer spoils all: who controls the name chooses which one is used.
          for (const { address } of found) assertAddress(address, reach);
        } catch (error) {
          return callback(error as NodeJS.ErrnoException, "", 0);
        }
        const [first] = found;
        if (options.all) callback(null, found);
        else callback(null, first?.address ?? "", first?.family ?? 4);
      },
      (error) => callback(error as NodeJS.ErrnoException, "", 0),
    );
  };
}
