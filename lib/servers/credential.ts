import { and, eq } from "drizzle-orm";
import { servers } from "@/drizzle/schema";
import { seal, secretFingerprint, unseal } from "@/lib/crypto/seal";
import type { Database } from "@/lib/db/types";
import type { UpstreamTarget } from "@/lib/mcp/upstream-types";
import { type Credential, credentialHeaders } from "./schema";

const place = (orgId: string, serverId: string) => ({ purpose: "server-secret", orgId, rowId: serverId });

/** The columns that hold a credential: sealed headers, a fingerprint to recognise it by, and when it was set. */
export function sealedCredential(orgId: string, serverId: string, credential: Credential, now: Date) {
  const headers = credentialHeaders(credential);
  if (Object.keys(headers).length === 0) return { auth: credential.auth, secret: null, secretFingerprint: null, secretSetAt: null };
  const secret = JSON.stringify(headers);
  return { auth: credential.auth, secret: seal(secret, place(orgId, serverId)), secretFingerprint: secretFingerprint(secret), secretSetAt: now };
}

/** Which headers the credential consists of, without their values; none when it cannot be opened any more (CR-04). */
export function headerNamesOf(orgId: string, serverId: string, secret: string | null): string[] {
  try {
    return Object.keys(opened(orgId, serverId, secret));
  } catch {
    return [];
  }
}

// What was sealed is what `sealedCredential` wrote: a flat object of header values.
const opened = (orgId: string, serverId: string, secret: string | null) =>
  secret ? (JSON.parse(unseal(secret, place(orgId, serverId))) as Record<string, string>) : {};

/** Where a server is and how it is spoken to with the credential that the admins set, unsealed for this use only; null when there is no such server. */
export async function loadTarget(db: Database, orgId: string, serverId: string): Promise<UpstreamTarget | null> {
  return (await loadServer(db, orgId, serverId))?.target ?? null;
}

export async function loadServer(db: Database, orgId: string, serverId: string): Promise<{ auth: ServerAuth; target: UpstreamTarget } | null> {
  const [server] = await db
    .select({
      auth: servers.auth,
      url: servers.url,
      secret: servers.secret,
      transport: servers.transport,
      era: servers.era,
      protocol: servers.protocol,
      protocolVersion: servers.protocolVersion,
      callTimeoutMs: servers.callTimeoutMs,
    })
    .from(servers)
    .where(and(eq(servers.orgId, orgId), eq(servers.id, serverId)))
    .limit(1);
  if (!server) return null;
  const { auth, secret, ...rest } = server;
  return { auth, target: { orgId, serverId, headers: opened(orgId, serverId, secret), ...rest } };
}

export type ServerAuth = (typeof servers.$inferSelect)["auth"];
