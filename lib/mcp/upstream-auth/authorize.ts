import { createHash, randomBytes } from "node:crypto";
import { hashToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import type { Challenge } from "./challenge";
import { clientFor } from "./client";
import { authorizedWith } from "./credential";
import { discoverUpstreamAuth } from "./discover";
import { failed } from "./failures";
import { renew } from "./renew";
import { nextStepUp, scopesToRequest } from "./scopes";
import type { AuthPorts, Authorized, Failed, Terms, UpstreamClient, UpstreamConnection } from "./types";

/** Where to send the person's browser. `issuer` is shown before leaving (UP-15). */
export type Redirect = { kind: "redirect"; url: string; issuer: string };

/**
 * Begins to connect an account. `binding` stands for the browser session and person, who alone may finish it; `challenge` is what the
 * server last said, if it did. A machine's own account needs no browser and is connected at once.
 */
export async function authorizeUpstream(
  connection: UpstreamConnection,
  start: { binding: string; challenge: Challenge | null },
  ports: AuthPorts,
): Promise<Redirect | Authorized | Failed> {
  const { challenge } = start;
  const before = await connection.store.loadCredential();
  const now = ports.now();
  const isStepUp = before?.state === "active" && challenge?.error === "insufficient_scope";
  const stepUps = isStepUp ? nextStepUp(before, challenge, now) : { count: 0, since: now };
  if (!stepUps) return failed("forbidden");
  const found = await discoverUpstreamAuth(connection, challenge, ports.egress);
  if (found.kind === "failed") return found;
  const { server, resource } = found;
  const client = await clientFor(connection, server, ports);
  if ("kind" in client) return client;
  const terms: Terms = {
    issuer: server.issuer,
    clientId: client.clientId,
    authentication: client.authentication,
    grant: connection.grant,
    resource,
    tokenEndpoint: server.tokenEndpoint,
    revocationEndpoint: server.revocationEndpoint,
    requestedScopes: scopesToRequest(found, challenge, connection.scopes, before),
    stepUps,
  };
  if (connection.grant === "client_credentials") return machineAccount(connection, terms, client, ports);
  if (!server.authorizationEndpoint) return failed("bad_metadata", "no `authorization_endpoint`");
  return redirect(connection, terms, { endpoint: server.authorizationEndpoint, sendsIssuer: server.sendsIssuer, binding: start.binding }, ports);
}

async function machineAccount(connection: UpstreamConnection, terms: Terms, client: UpstreamClient, ports: AuthPorts): Promise<Authorized | Failed> {
  const renewed = await renew(connection, terms, null, client, ports);
  return "kind" in renewed ? renewed : authorizedWith(renewed);
}

async function redirect(
  { key, redirectUri }: UpstreamConnection,
  terms: Terms,
  { endpoint, sendsIssuer, binding }: { endpoint: string; sendsIssuer: boolean; binding: string },
  { pending, now }: AuthPorts,
): Promise<Redirect> {
  const state = randomBytes(32).toString("base64url");
  const verifier = randomBytes(32).toString("base64url");
  const expiresAt = new Date(now().getTime() + limits.authorizationSeconds * 1_000);
  await pending.save(hashToken(state), { ...terms, connection: key, binding, sendsIssuer, redirectUri, verifier, expiresAt });
  const url = new URL(endpoint);
  const scope = terms.requestedScopes.join(" ");
  const parameters = {
    response_type: "code",
    client_id: terms.clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    resource: terms.resource,
    ...(scope && { scope }),
    // OpenID Connect grants offline access only to who was asked for consent.
    ...(terms.requestedScopes.includes("offline_access") && { prompt: "consent" }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { kind: "redirect", url: url.href, issuer: terms.issuer };
}
