import { readChallenge, type Challenge } from "./challenge";
import { authorizedWith } from "./credential";
import { failed } from "./failures";
import { renewOnce } from "./headers";
import { nextStepUp } from "./scopes";
import type { AuthPorts, Authorized, Failed, UpstreamConnection } from "./types";

/** A server's 401 or 403, its `WWW-Authenticate`, and the headers that the refused request was sent with. */
export type RefusedRequest = { status: number; challenge: string | null; headers: Record<string, string> };

/** The account has to be connected, again or for more; `challenge` goes to `authorizeUpstream`. */
export type NeedsAuthorization = { kind: "authorize"; challenge: Challenge | null };

const freshMs = 10_000;

/**
 * What to do about a refusal: `authorized` means that the request may be sent again with these headers, once. A token that was refused
 * while fresh is not renewed in a loop (UP-16).
 */
export async function onUnauthorized(
  connection: UpstreamConnection,
  refused: RefusedRequest,
  ports: AuthPorts,
): Promise<Authorized | NeedsAuthorization | Failed> {
  const challenge = readChallenge(refused.challenge);
  const credential = await connection.store.loadCredential();
  if (!credential) return { kind: "authorize", challenge };
  if (refused.headers.authorization !== authorizedWith(credential).headers.authorization && credential.state === "active") return authorizedWith(credential);
  const needsMore = challenge?.error === "insufficient_scope";
  if (refused.status === 403) return needsMore && nextStepUp(credential, challenge, ports.now()) ? { kind: "authorize", challenge } : failed("forbidden");
  const isFresh = ports.now().getTime() - credential.obtainedAt.getTime() < freshMs;
  if (credential.state === "active" && !isFresh && (credential.refreshToken !== null || credential.grant === "client_credentials")) {
    const renewed = await renewOnce(connection, credential.accessToken, ports);
    if (!("kind" in renewed)) return authorizedWith(renewed);
    if (renewed.cause !== "reconnect") return renewed;
  }
  const latest = await connection.store.loadCredential();
  if (latest?.accessToken === credential.accessToken && latest.state === "active") await connection.store.saveCredential({ ...latest, state: "reconnect" });
  return { kind: "authorize", challenge };
}
