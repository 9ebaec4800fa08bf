import { hashToken } from "@/lib/ids";
import { clientOf } from "./client";
import { authorizedWith, credentialFrom } from "./credential";
import { failed } from "./failures";
import { requestTokens } from "./token-request";
import type { AuthPorts, Authorized, Failed, PendingAuthorization, UpstreamConnection } from "./types";

/** The connection with this key as it is configured now; null when there is none any more. */
export type FindConnection = (key: string) => Promise<UpstreamConnection | null>;

/**
 * The person's browser came back from the provider. `binding` stands for the browser session and person as they are now. Nothing goes out
 * unless the state is one of ours, unused, and theirs, and the answer is from the issuer that was asked (UP-13).
 */
export async function finishUpstreamAuthorization(
  query: URLSearchParams,
  binding: string,
  find: FindConnection,
  ports: AuthPorts,
): Promise<(Authorized & { connection: string }) | Failed> {
  const pending = await takePending(query, binding, ports);
  if (!pending) return failed("foreign_state");
  const problem = answerProblem(query, pending);
  if (problem) return problem;
  const code = query.get("code");
  const connection = await find(pending.connection);
  const client = connection && (await clientOf(connection, pending));
  if (!code || !connection || !client) return failed(code ? "foreign_state" : "refused");
  const { redirectUri, verifier, resource } = pending;
  const grant = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier, resource };
  const tokens = await requestTokens(pending.tokenEndpoint, client, grant, ports);
  if (tokens.kind === "failed") return tokens;
  if (tokens.kind === "refused") {
    if (tokens.error === "invalid_client" && client.origin === "registration") await connection.store.dropClient(client.issuer);
    return failed("refused", tokens.error);
  }
  const credential = credentialFrom(pending, tokens, null, ports.now());
  await connection.store.saveCredential(credential);
  return { ...authorizedWith(credential), connection: pending.connection };
}

async function takePending(query: URLSearchParams, binding: string, ports: AuthPorts): Promise<PendingAuthorization | null> {
  const [state, ...more] = query.getAll("state");
  if (!state || more.length > 0) return null;
  const pending = await ports.pending.take(hashToken(state), binding);
  return pending && pending.binding === binding && pending.expiresAt > ports.now() ? pending : null;
}

/** What is wrong with the provider's answer. The issuer is looked at first: nothing else in it counts before (RFC 9207). */
function answerProblem(query: URLSearchParams, { issuer, sendsIssuer }: PendingAuthorization): Failed | null {
  const named = query.getAll("iss");
  // As strings, without normalising: a look-alike is another issuer.
  if (named.length > 1 || (named.length === 1 ? named[0] !== issuer : sendsIssuer)) return failed("wrong_issuer", named[0]);
  const error = query.get("error");
  if (error !== null) return failed(error === "access_denied" ? "denied" : "refused", /^[a-z_]{1,64}$/.test(error) ? error : undefined);
  return query.getAll("code").length > 1 ? failed("refused") : null;
}
