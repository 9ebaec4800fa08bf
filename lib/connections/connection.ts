import { and, eq } from "drizzle-orm";
import { servers } from "@/drizzle/schema";
import type { ServerOAuth } from "@/drizzle/schema/servers";
import type { Database } from "@/lib/db/types";
import { egressRequest } from "@/lib/egress/request";
import { env } from "@/lib/env";
import type { AuthorizationServer, AuthPorts, PendingStore, UpstreamConnection } from "@/lib/mcp/upstream-auth";
import { adminClientOf } from "./clients";
import type { ConnectionRef } from "./sealed";
import { connectionStore, type Occasion } from "./store";

/** The one callback of every server's sign-in; fixed, because the lists of providers cannot hold an address for each server. */
export const callbackUrl = () => `${env().publicUrl}/oauth/upstream/callback`;

/** Where our client metadata lies. A provider can read it only where we are reachable, which loopback is not. */
export const clientDocumentUrl = () => (env().isSecure ? `${env().publicUrl}/oauth/client-metadata.json` : null);

export const clientName = "Gatehouse";

/** The connection as the sign-in library sees it; null when the server is gone or does not sign in with OAuth. */
export async function loadConnection(db: Database, ref: ConnectionRef, occasion: Occasion | null = null): Promise<UpstreamConnection | null> {
  const [[server], adminClient] = await Promise.all([
    db
      .select({ url: servers.url, auth: servers.auth, oauth: servers.oauth })
      .from(servers)
      .where(and(eq(servers.orgId, ref.orgId), eq(servers.id, ref.serverId)))
      .limit(1),
    adminClientOf(db, ref),
  ]);
  if (server?.auth !== "oauth") return null;
  return {
    key: connectionKey(ref),
    serverUrl: server.url,
    redirectUri: callbackUrl(),
    clientName,
    clientDocumentUrl: clientDocumentUrl(),
    adminClient,
    grant: "code",
    scopes: server.oauth?.scopes ?? [],
    allowUnannouncedS256: server.oauth?.allowUnannouncedS256 ?? false,
    manual: manualServer(server.oauth),
    store: connectionStore(db, ref, server.url, occasion),
  };
}

export const connectionKey = ({ orgId, serverId, personId }: ConnectionRef) => `${orgId} ${serverId} ${personId ?? "shared"}`;

/** The sign-in service as an admin entered it, for a server whose documents cannot be found. */
export function manualServer(oauth: ServerOAuth | null): AuthorizationServer | null {
  if (!oauth?.manual) return null;
  const { issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint } = oauth.manual;
  return {
    ...{ issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint: revocationEndpoint || null },
    ...{ registrationEndpoint: null, tokenAuthentications: null, scopes: null, sendsIssuer: false, takesClientDocuments: false },
  };
}

const nobodyLeaves: PendingStore = { save: async () => {}, take: async () => null };

export const authPorts = (pending: PendingStore = nobodyLeaves): AuthPorts => ({ egress: egressRequest, pending, now: () => new Date() });
