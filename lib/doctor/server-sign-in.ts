import type { UpstreamConnection } from "@/lib/mcp/upstream-auth";
import { type AuthorizationServer, type AuthPorts, type Challenge, type Failed, findAuthorizationServer, findProtectedResource } from "@/lib/mcp/upstream-auth";
import type { Fix } from "./report";
import { asSentence } from "./sentence";
import { type Outcome, passed } from "./walk";

/** What the server's own description says; null where it has none, as servers of 2025-03-26. */
export async function resourceOutcome(
  { serverUrl }: UpstreamConnection,
  challenge: Challenge | null,
  { egress }: AuthPorts,
): Promise<Outcome<{ issuer: string; resource: string }>> {
  const found = await findProtectedResource(serverUrl, challenge?.resourceMetadata ?? null, egress);
  if (found && "kind" in found) return { failed: words(found) };
  const issuer = found?.issuer ?? new URL(serverUrl).origin;
  if (!found)
    return {
      passed: `It has no description (RFC 9728), as servers of 2025-03-26; its own origin is taken: ${issuer}.`,
      value: { issuer, resource: serverUrl },
    };
  return { passed: `It names ${issuer} as its sign-in service, and itself ${found.resource}.`, value: { issuer, resource: found.resource } };
}

/** What the sign-in service says. A service that does not announce PKCE is told apart, since an admin can allow that. */
export async function issuerOutcome(issuer: string, { egress }: AuthPorts): Promise<Outcome<{ server: AuthorizationServer; announcesS256: boolean }>> {
  const strict = await findAuthorizationServer(issuer, false, egress);
  const isSilent = strict !== null && "kind" in strict && strict.cause === "no_s256";
  const found = isSilent ? await findAuthorizationServer(issuer, true, egress) : strict;
  if (!found) return { failed: `${issuer} publishes no metadata (RFC 8414, OpenID Connect). Enter the endpoints by hand in the settings.` };
  if ("kind" in found) return found.cause === "no_s256" ? { failed: "It announces PKCE without S256, so signing in is not safe." } : { failed: words(found) };
  return {
    passed: `Sign in at ${found.authorizationEndpoint ?? "no address for people"}, tokens from ${found.tokenEndpoint}.`,
    value: { server: found, announcesS256: !isSilent },
  };
}

export function pkceOutcome(announces: boolean, { allowUnannouncedS256 }: UpstreamConnection, fix: Fix): Outcome<true> {
  if (announces) return passed("S256 is announced.");
  if (allowUnannouncedS256) return passed("S256 is not announced; the settings say to use it all the same.");
  return { failed: "S256 is not announced, and Gatehouse does not sign in without it. If the provider supports it silently, the settings can say so.", fix };
}

/** How Gatehouse is, or would become, known there: in the order in which a sign-in does it. */
export async function registrationOutcome(connection: UpstreamConnection, server: AuthorizationServer, fix: Fix): Promise<Outcome<{ authentication: string }>> {
  const { adminClient, clientDocumentUrl, store } = connection;
  const offers = server.tokenAuthentications;
  if (adminClient && adminClient.issuer !== server.issuer) {
    return {
      failed: `The client ID that was entered belongs to ${adminClient.issuer}, and the server names ${server.issuer} now. Look whether that is right.`,
      fix,
    };
  }
  if (adminClient)
    return { passed: `As the client ID \`${adminClient.clientId}\`, entered by an admin.`, value: { authentication: adminClient.authentication ?? "fitting" } };
  if (clientDocumentUrl && server.takesClientDocuments && (offers?.includes("none") ?? true)) {
    return { passed: `By its metadata document, ${clientDocumentUrl}.`, value: { authentication: "none" } };
  }
  const stored = await store.loadClient(server.issuer);
  if (stored) return { passed: `As the client ID \`${stored.clientId}\`, which it registered by itself.`, value: { authentication: stored.authentication } };
  if (server.registrationEndpoint) return { passed: "It registers itself with the first sign-in.", value: { authentication: "as registered" } };
  return {
    failed: "The service takes no registration. Register Gatehouse there by hand, with the callback URL of the settings, and enter the client ID.",
    fix,
  };
}

export function authenticationOutcome(authentication: string, { tokenAuthentications: offered }: AuthorizationServer, fix: Fix): Outcome<true> {
  const isChosen = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"].includes(authentication);
  if (!isChosen) return passed(`Whichever fits of ${offered?.join(", ") ?? "the usual ones"}.`);
  if (!offered) return passed(`\`${authentication}\`; the service does not say what it takes.`);
  if (offered.includes(authentication)) return passed(`\`${authentication}\`, which the service takes.`);
  return { failed: `Gatehouse would use \`${authentication}\`, and the service takes ${offered.join(", ") || "none that is known"}.`, fix };
}

const words = ({ person, detail }: Failed) => asSentence(detail ? `${person} (${detail})` : person);
