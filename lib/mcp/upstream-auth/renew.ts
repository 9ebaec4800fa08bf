import { clientOf } from "./client";
import { credentialFrom } from "./credential";
import { failed } from "./failures";
import { requestTokens } from "./token-request";
import type { AuthPorts, Failed, Terms, UpstreamClient, UpstreamConnection, UpstreamCredential } from "./types";

/**
 * New tokens under the same terms, without a person: by refresh token, or for a machine's account by asking again. They are stored
 * before anybody can use them. A refusal for good ends the credential; anything else keeps it (UP-16).
 */
export async function renew(
  connection: UpstreamConnection,
  terms: Terms,
  before: UpstreamCredential | null,
  known: UpstreamClient | null,
  ports: AuthPorts,
): Promise<UpstreamCredential | Failed> {
  const grant = grantOf(terms, before);
  const client = known ?? (await clientOf(connection, terms));
  if (!grant || !client) return ended(connection, before, false);
  const tokens = await requestTokens(terms.tokenEndpoint, client, grant, ports);
  if (tokens.kind === "failed") return tokens;
  if (tokens.kind === "refused") return refused(connection, before, client, tokens.error);
  const credential = credentialFrom(terms, tokens, before, ports.now());
  await connection.store.saveCredential(credential);
  return credential;
}

function grantOf({ grant, resource, requestedScopes }: Terms, before: UpstreamCredential | null): Record<string, string> | null {
  if (grant === "client_credentials") {
    const scope = requestedScopes.join(" ");
    return { grant_type: "client_credentials", resource, ...(scope && { scope }) };
  }
  return before?.refreshToken ? { grant_type: "refresh_token", refresh_token: before.refreshToken, resource } : null;
}

function refused(connection: UpstreamConnection, before: UpstreamCredential | null, client: UpstreamClient, error: string): Promise<Failed> | Failed {
  if (error === "invalid_grant") return ended(connection, before, false);
  // The issuer has forgotten our registration; the next authorization makes a new one.
  if (error === "invalid_client" || error === "unauthorized_client") return ended(connection, before, client.origin === "registration");
  return failed("refused", error);
}

async function ended({ store }: UpstreamConnection, before: UpstreamCredential | null, dropsClient: boolean): Promise<Failed> {
  if (dropsClient && before) await store.dropClient(before.issuer);
  if (before) await store.saveCredential({ ...before, state: "reconnect" });
  return failed(before ? "reconnect" : "refused");
}
