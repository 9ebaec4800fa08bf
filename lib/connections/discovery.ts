import { inspectUpstream, challengeOf } from "@/lib/mcp/upstream";
import { type Challenge, discoverUpstreamAuth, readChallenge } from "@/lib/mcp/upstream-auth";
import type { AuthorizationServer } from "@/lib/mcp/upstream-auth";
import { isUpstreamFailure } from "@/lib/mcp/upstream-types";
import { authPorts, clientDocumentUrl } from "./connection";

/** What is known of how to sign in to a server, for the admin who sets it up. */
export type Discovery =
  | {
      kind: "found";
      issuer: string;
      host: string;
      authorizationEndpoint: string;
      tokenEndpoint: string;
      revocationEndpoint: string;
      scopes: string[];
      /** How Gatehouse becomes known there: by its document, by registering itself, or by a client ID that an admin enters. */
      registration: "document" | "automatic" | "by_hand";
    }
  | { kind: "failed"; words: string; detail: string };

const askMs = 10_000;

export async function findOAuth(
  orgId: string,
  options: { serverUrl: string; allowUnannouncedS256: boolean; manual?: AuthorizationServer | null },
): Promise<Discovery> {
  const challenge = options.manual ? null : await askServer(orgId, options.serverUrl);
  const found = await discoverUpstreamAuth(options, challenge, authPorts().egress);
  if (found.kind === "failed") return { kind: "failed", words: found.person, detail: found.detail ?? "" };
  const { server, scopes } = found;
  const takesDocument = server.takesClientDocuments && clientDocumentUrl() !== null;
  return {
    kind: "found",
    issuer: server.issuer,
    host: new URL(server.authorizationEndpoint ?? server.issuer).host,
    authorizationEndpoint: server.authorizationEndpoint ?? "",
    tokenEndpoint: server.tokenEndpoint,
    revocationEndpoint: server.revocationEndpoint ?? "",
    scopes: [...(scopes ?? server.scopes ?? [])],
    registration: takesDocument ? "document" : server.registrationEndpoint ? "automatic" : "by_hand",
  };
}

/** What the server says to somebody without a credential: where its description is, and what it wants. */
export async function askServer(orgId: string, url: string): Promise<Challenge | null> {
  const nobody = { orgId, serverId: "discovery", url, headers: {}, transport: null, era: null, protocol: "auto" as const, protocolVersion: null };
  try {
    await inspectUpstream({ ...nobody, callTimeoutMs: askMs }, { signal: AbortSignal.timeout(askMs) });
    return null;
  } catch (error) {
    if (!isUpstreamFailure(error)) throw error;
    return readChallenge(challengeOf(error));
  }
}
