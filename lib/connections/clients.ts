import { and, eq, ne } from "drizzle-orm";
import { upstreamClients } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import type { UpstreamClient } from "@/lib/mcp/upstream-auth";
import { openClient, openedOr, sealClient } from "./sealed";

type ServerRef = { orgId: string; serverId: string };

export const clientsOf = ({ orgId, serverId }: ServerRef) => and(eq(upstreamClients.orgId, orgId), eq(upstreamClients.serverId, serverId));

export async function loadClient(db: Database, ref: ServerRef, issuer: string): Promise<UpstreamClient | null> {
  return (await readClient(db, ref, issuer))?.client ?? null;
}

/** The row with what is in it; a client whose seal is broken is as good as none, and registered anew (CR-04). */
async function readClient(db: Database, ref: ServerRef, issuer: string) {
  const [found] = await db
    .select({ clientId: upstreamClients.clientId, secret: upstreamClients.secret })
    .from(upstreamClients)
    .where(and(clientsOf(ref), eq(upstreamClients.issuer, issuer)))
    .limit(1);
  return found && { clientId: found.clientId, client: openedOr(null, () => openClient(ref.orgId, ref.serverId, issuer, found.secret)) };
}

/**
 * Keeps what we registered by ourselves. All people of a server share it, and two may register at once: the first stays, so that nobody
 * comes back from the provider with a client that is gone. What an admin entered is never replaced.
 */
export async function saveClient(db: Database, ref: ServerRef, client: UpstreamClient): Promise<void> {
  const { issuer, clientId, origin } = client;
  const before = await readClient(db, ref, issuer);
  if (before?.client && (before.client.origin === "admin" || (before.client.origin === origin && isUsable(before.client, client)))) return;
  if (before) {
    const stale = and(clientsOf(ref), eq(upstreamClients.issuer, issuer), eq(upstreamClients.clientId, before.clientId));
    await db.delete(upstreamClients).where(and(stale, ne(upstreamClients.origin, "admin")));
  }
  const { orgId, serverId } = ref;
  await db
    .insert(upstreamClients)
    .values({ orgId, serverId, issuer, clientId, origin, secret: sealClient(orgId, serverId, client) })
    .onConflictDoNothing();
}

export async function dropClient(db: Database, ref: ServerRef, issuer: string): Promise<void> {
  await db.delete(upstreamClients).where(and(clientsOf(ref), eq(upstreamClients.issuer, issuer), ne(upstreamClients.origin, "admin")));
}

/** The client that an admin entered for this server; it belongs to one issuer and is never shown to another (UP-12). */
export async function adminClientOf(db: Database, ref: ServerRef): Promise<UpstreamClient | null> {
  const [found] = await db
    .select({ issuer: upstreamClients.issuer, secret: upstreamClients.secret })
    .from(upstreamClients)
    .where(and(clientsOf(ref), eq(upstreamClients.origin, "admin")))
    .limit(1);
  return found ? openClient(ref.orgId, ref.serverId, found.issuer, found.secret) : null;
}

const isUsable = (before: UpstreamClient, { redirectUri }: UpstreamClient) =>
  before.redirectUri === redirectUri && (before.secretExpiresAt === null || before.secretExpiresAt > new Date());
