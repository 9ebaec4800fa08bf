import { and, desc, eq, gt, inArray, isNull } from "drizzle-orm";
import { accessTokens, clients, grants, people, portals, refreshTokens } from "@/drizzle/schema";
import { organizations } from "@/drizzle/schema/orgs";
import { recordAccess } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { bumpAccessVersion } from "@/lib/orgs/access-version";

/** Why a grant ended; stored with it and shown in Activity. */
export type RevokeReason =
  | "client" // RFC 7009
  | "person"
  | "admin"
  | "blocked"
  | "removed"
  | "code_replay"
  | "refresh_replay"
  | "refused" // the policy no longer admits the person
  | (string & {});

/** Ends one grant with all its tokens. False when it had ended before or does not exist. */
export async function revokeGrant(tx: Database, grantId: string, reason: RevokeReason, now: Date): Promise<boolean> {
  return (await revokeWhere(tx, and(eq(grants.id, grantId)), reason, now)) > 0;
}

/** Ends every grant of a person in one organization (`orgId`), for one portal of it, or everywhere; returns how many ended. */
export async function revokeGrantsOfPerson(
  tx: Database,
  whose: { orgId?: string; portalId?: string; personId: string },
  reason: RevokeReason,
  now: Date,
): Promise<number> {
  const where = and(
    eq(grants.personId, whose.personId),
    whose.orgId ? eq(grants.orgId, whose.orgId) : undefined,
    whose.portalId ? eq(grants.portalId, whose.portalId) : undefined,
  );
  return revokeWhere(tx, where, reason, now);
}

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
  /** Host of the address the client is sent back to; the client's name is its own claim. */
  redirectUri: string;
  /** How many servers the person has switched off for this app. */
  serversOff: number;
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date;
};

const rowsMax = 200;

/** The live grants of one person, newest first, at most 200. */
export function listGrantsOfPerson(db: Database, personId: string, now: Date = new Date()): Promise<GrantRow[]> {
  return listWhere(db, and(eq(grants.personId, personId), gt(grants.expiresAt, now)));
}

/** The live grants of an organization, of one portal or person where asked, newest first, at most 200. */
export async function listGrantsOfOrg(ctx: OrgContext, only: { portalId?: string; personId?: string } = {}): Promise<GrantRow[]> {
  requireRight(ctx, "activity.read");
  return listWhere(
    ctx.db,
    and(
      eq(grants.orgId, ctx.org.id),
      only.portalId ? eq(grants.portalId, only.portalId) : undefined,
      only.personId ? eq(grants.personId, only.personId) : undefined,
      gt(grants.expiresAt, ctx.now),
    ),
  );
}

async function listWhere(db: Database, where: ReturnType<typeof and>): Promise<GrantRow[]> {
  const rows = await db
    .select({
      id: grants.id,
      orgId: grants.orgId,
      orgSlug: organizations.slug,
      orgName: organizations.name,
      portalId: grants.portalId,
      portalSlug: portals.slug,
      portalName: portals.name,
      personId: grants.personId,
      email: people.email,
      clientId: grants.clientId,
      clientName: clients.name,
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
    .where(and(where, isNull(grants.revokedAt)))
    .orderBy(desc(grants.createdAt), desc(grants.id))
    .limit(rowsMax);
  return rows.map(({ serversOff, ...row }) => ({ ...row, serversOff: serversOff.length }));
}

// Tokens are deleted, not only overruled: nothing of an ended grant can come back. Spent refresh tokens go too, the grant
// row stays and says why it ended.
async function revokeWhere(tx: Database, where: ReturnType<typeof and>, reason: RevokeReason, now: Date): Promise<number> {
  const ended = await tx
    .update(grants)
    .set({ revokedAt: now, revokedReason: reason })
    .where(and(where, isNull(grants.revokedAt)))
    .returning({ id: grants.id, orgId: grants.orgId, portalId: grants.portalId, personId: grants.personId, clientId: grants.clientId });
  if (ended.length === 0) return 0;
  const ids = ended.map((grant) => grant.id);
  await tx.delete(accessTokens).where(inArray(accessTokens.grantId, ids));
  await tx.delete(refreshTokens).where(inArray(refreshTokens.grantId, ids));
  const named = await tx
    .select({ id: grants.id, email: people.email, portalName: portals.name, clientName: clients.name })
    .from(grants)
    .innerJoin(people, eq(people.id, grants.personId))
    .innerJoin(portals, eq(portals.id, grants.portalId))
    .innerJoin(clients, eq(clients.id, grants.clientId))
    .where(inArray(grants.id, ids));
  const names = new Map(named.map((row) => [row.id, row]));
  for (const grant of ended) {
    const name = names.get(grant.id);
    await recordAccess(tx, now, {
      kind: "grant_revoked",
      outcome: "ok",
      reason,
      orgId: grant.orgId,
      personId: grant.personId,
      email: name?.email ?? "",
      portalId: grant.portalId,
      portalName: name?.portalName,
      clientId: grant.clientId,
      clientName: name?.clientName,
    });
  }
  for (const orgId of new Set(ended.map((grant) => grant.orgId))) await bumpAccessVersion(tx, orgId);
  return ended.length;
}
