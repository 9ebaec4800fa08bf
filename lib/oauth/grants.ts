import { and, eq, gt, inArray, isNull } from "drizzle-orm";
import { accessTokens, clients, grants, people, portals, refreshTokens, serviceTokens } from "@/drizzle/schema";
import { type AccessEvent, recordAccess } from "@/lib/activity/record";
import type { Database } from "@/lib/db/types";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { isServiceTokenId } from "@/lib/service-token-id";
import { clientLabel } from "./client-mark";
import { type GrantRow, listGrantRows } from "./grant-rows";
import { holder } from "./holder";

export type { GrantRow };

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

/** Ends every grant of an organization's people whose client calls itself by this name; returns how many ended. */
export async function revokeGrantsOfClient(tx: Database, whose: { orgId: string; clientName: string }, reason: RevokeReason, now: Date): Promise<number> {
  const named = tx.select({ id: clients.id }).from(clients).where(eq(clients.name, whose.clientName));
  return revokeWhere(tx, and(eq(grants.orgId, whose.orgId), inArray(grants.clientId, named)), reason, now);
}

/** Ends every grant of a service token, for all its portals. */
export function revokeGrantsOfServiceToken(tx: Database, whose: { orgId: string; serviceTokenId: string }, reason: RevokeReason, now: Date): Promise<number> {
  return revokeWhere(tx, and(eq(grants.orgId, whose.orgId), eq(grants.serviceTokenId, whose.serviceTokenId)), reason, now);
}

const rowsMax = 200;

/** The live grants of one person, newest first, at most 200. */
export function listGrantsOfPerson(db: Database, personId: string, now: Date = new Date()): Promise<GrantRow[]> {
  return listGrantRows(db, and(eq(grants.personId, personId), gt(grants.expiresAt, now)), { limit: rowsMax });
}

// Tokens are deleted, not only overruled: nothing of an ended grant can come back. Spent refresh tokens go too, the grant
// row stays and says why it ended.
async function revokeWhere(tx: Database, where: ReturnType<typeof and>, reason: RevokeReason, now: Date): Promise<number> {
  const ended = await tx
    .update(grants)
    .set({ revokedAt: now, revokedReason: reason })
    .where(and(where, isNull(grants.revokedAt)))
    .returning({
      id: grants.id,
      orgId: grants.orgId,
      portalId: grants.portalId,
      clientId: grants.clientId,
      correlationId: grants.correlationId,
      isDoctor: grants.isDoctor,
    });
  if (ended.length === 0) return 0;
  const ids = ended.map((grant) => grant.id);
  await tx.delete(accessTokens).where(inArray(accessTokens.grantId, ids));
  await tx.delete(refreshTokens).where(inArray(refreshTokens.grantId, ids));
  const named = await tx
    .select({ id: grants.id, portalName: portals.name, ...holder })
    .from(grants)
    .innerJoin(portals, eq(portals.id, grants.portalId))
    .leftJoin(clients, eq(clients.id, grants.clientId))
    .leftJoin(people, eq(people.id, grants.personId))
    .leftJoin(serviceTokens, and(eq(serviceTokens.orgId, grants.orgId), eq(serviceTokens.id, grants.serviceTokenId)))
    .where(inArray(grants.id, ids));
  const names = new Map(named.map((row) => [row.id, row]));
  const events = ended.map((grant): AccessEvent => {
    const name = names.get(grant.id);
    return {
      kind: isServiceTokenId(name?.holderId) ? "service_token_revoked" : "grant_revoked",
      outcome: "ok",
      reason,
      orgId: grant.orgId,
      personId: name?.holderId,
      email: name?.email ?? "",
      portalId: grant.portalId,
      portalName: name?.portalName,
      clientId: grant.clientId,
      clientName: name && clientLabel({ clientName: name.clientName, isDoctor: grant.isDoctor }),
      correlationId: grant.correlationId || null,
    };
  });
  for (let at = 0; at < events.length; at += 500) await recordAccess(tx, now, ...events.slice(at, at + 500));
  for (const orgId of new Set(ended.map((grant) => grant.orgId))) await bumpAccessVersion(tx, orgId);
  return ended.length;
}
