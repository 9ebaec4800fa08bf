import { singleton } from "@/lib/singleton";
import { authorizedWith } from "./credential";
import { failed } from "./failures";
import { renew } from "./renew";
import type { AuthPorts, Authorized, Failed, UpstreamConnection, UpstreamCredential } from "./types";

const marginMsMax = 60_000;

/** The headers for a request to the server now, with an access token that is not about to expire. */
export async function upstreamHeaders(connection: UpstreamConnection, ports: AuthPorts): Promise<Authorized | Failed> {
  const credential = await connection.store.loadCredential();
  if (!credential) return failed("not_connected");
  if (credential.state === "reconnect") return failed("reconnect");
  if (!isStale(credential, ports.now())) return authorizedWith(credential);
  const renewed = await renewOnce(connection, credential.accessToken, ports);
  if (!("kind" in renewed)) return authorizedWith(renewed);
  // A provider that is down now should not cut off whoever still has time left.
  const isUsable = credential.expiresAt === null || credential.expiresAt > ports.now();
  return isUsable && renewed.cause !== "reconnect" ? authorizedWith(credential) : renewed;
}

/** Replaces an access token, however many ask for it at once, here or on other instances (UP-16). */
export function renewOnce(connection: UpstreamConnection, replaced: string, ports: AuthPorts): Promise<UpstreamCredential | Failed> {
  const all = singleton("upstream-renewals", () => new Map<string, Promise<UpstreamCredential | Failed>>());
  const running = all.get(connection.key);
  if (running) return running;
  const renewal = connection.store
    .exclusively(async () => {
      const current = await connection.store.loadCredential();
      if (!current) return failed("not_connected");
      if (current.state === "reconnect") return failed("reconnect");
      // Somebody was faster.
      if (current.accessToken !== replaced) return current;
      return renew(connection, current, current, null, ports);
    })
    .finally(() => all.delete(connection.key));
  all.set(connection.key, renewal);
  return renewal;
}

// A minute before the end, or a tenth of the token's life when that is shorter.
function isStale({ obtainedAt, expiresAt }: UpstreamCredential, now: Date): boolean {
  if (!expiresAt) return false;
  const lifeMs = expiresAt.getTime() - obtainedAt.getTime();
  return expiresAt.getTime() - now.getTime() <= Math.min(marginMsMax, lifeMs / 10);
}
