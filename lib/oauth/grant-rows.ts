import { and, desc, eq, isNull, type SQL } from "drizzle-orm";
import { clients, grants, people, portals } from "@/drizzle/schema";
import { organizations } from "@/drizzle/schema/orgs";
import type { Database } from "@/lib/db/types";
import { type ClientMark, clientMark } from "./client-mark";
import { redirectHost } from "./redirect-uri";

/** A connected app as people and admins see it. */
export type GrantRow = {
  id: string;
  orgId: string;
  orgSlug: string;
  orgName: string;
  portalId: string;
  portalSlug: string;
  portalName: string;
  personId: string;
  email: string;
  clientId: string;
  clientName: string;
  mark: ClientMark;
  /** Host of the address the client is sent back to. */
  redirectHost: string;
  /** How many servers the person has switched off for this app. */
  serversOff: number;
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date;
};

/** Grants that people gave and nobody has ended, newest first. */
export async function listGrantRows(db: Database, where: SQL | undefined, page: { limit: number; offset?: number }): Promise<GrantRow[]> {
  const rows = await db
    .select({
      id: grants.id,
      orgId: grants.orgId,
      orgSlug: organizations.slug,
      orgName: organizations.name,
      portalId: grants.portalId,
      portalSlug: portals.slug,
      portalName: portals.name,
      personId: people.id,
      email: people.email,
      clientId: clients.id,
      clientName: clients.name,
      clientKind: clients.kind,
      redirectUri: grants.redirectUri,
      serversOff: grants.serversOff,
      createdAt: grants.createdAt,
      lastUsedAt: grants.lastUsedAt,
      expiresAt: grants.expiresAt,
    })
    .from(grants)
    .innerJoin(organizations, eq(organizations.id, grants.orgId))
    .innerJoin(portals, and(eq(portals.orgId, grants.orgId), eq(portals.id, grants.portalId)))
    .innerJoin(clients, eq(clients.id, grants.clientId))
    .innerJoin(people, eq(people.id, grants.personId))
    .where(and(where, isNull(grants.revokedAt), eq(grants.isDoctor, false)))
    .orderBy(desc(grants.createdAt), desc(grants.id))
    .limit(page.limit)
    .offset(page.offset ?? 0);
  return rows.map(({ serversOff, clientKind, redirectUri, ...row }) => ({
    ...row,
    mark: clientMark({ kind: clientKind, id: row.clientId }, redirectUri),
    redirectHost: redirectHost(redirectUri),
    serversOff: serversOff.length,
  }));
}
