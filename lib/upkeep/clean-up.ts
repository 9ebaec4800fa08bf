import { and, eq, gt, inArray, isNull, lt, notExists, or, type SQL } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import {
  accessEvents,
  accessTokens,
  auditEvents,
  authorizations,
  callDays,
  calls,
  clients,
  codes,
  connectFlows,
  grants,
  instances,
  links,
  mcpSessions,
  notices,
  organizations,
  refreshTokens,
  serviceTokens,
  sessions,
  throttles,
} from "@/drizzle/schema";
import { dayOf, overviewDays } from "@/lib/activity/call-days";
import type { Database } from "@/lib/db/types";
import { idAt } from "@/lib/ids";
import { limits } from "@/lib/limits";

const dayMs = 86_400_000;
const auditDays = 365;
/** So long an ended grant says why it ended, and a late replay is still recognised. */
const endedGrantDays = 90;
const documentIdleDays = 30;

/** Deletes what has run out, in small batches so that no statement holds locks for long. Returns how many rows went. */
export async function cleanUp(db: Database, now: Date, batch = { rows: 1_000, roundsMax: 20 }): Promise<number> {
  let gone = 0;
  for (const { table, key, where } of [...expired(db, now), ...(await outOfRetention(db, now))]) {
    for (let round = 0; round < batch.roundsMax; round++) {
      const some = db.select({ key }).from(table).where(where).limit(batch.rows);
      const deleted = await db.delete(table).where(inArray(key, some)).returning({ key });
      gone += deleted.length;
      if (deleted.length < batch.rows) break;
    }
  }
  return gone;
}

type Sweep = { table: PgTable; key: PgColumn; where: SQL | undefined };

function expired(db: Database, now: Date): Sweep[] {
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  const dayAgo = daysAgo(1);
  const live = and(eq(grants.clientId, clients.id), isNull(grants.revokedAt), gt(grants.expiresAt, now));
  const isUnheld = notExists(db.select({ id: grants.id }).from(grants).where(live));
  const isIdle = or(lt(clients.lastUsedAt, daysAgo(documentIdleDays)), and(isNull(clients.lastUsedAt), lt(clients.createdAt, daysAgo(documentIdleDays))));
  return [
    { table: links, key: links.id, where: lt(links.expiresAt, dayAgo) },
    { table: sessions, key: sessions.id, where: lt(sessions.expiresAt, now) },
    // Spent codes and refresh tokens are kept a while: only then is their second use recognised as a replay.
    { table: codes, key: codes.codeHash, where: lt(codes.expiresAt, dayAgo) },
    { table: refreshTokens, key: refreshTokens.tokenHash, where: lt(refreshTokens.expiresAt, dayAgo) },
    { table: accessTokens, key: accessTokens.tokenHash, where: lt(accessTokens.expiresAt, now) },
    { table: mcpSessions, key: mcpSessions.id, where: lt(mcpSessions.lastSeenAt, new Date(now.getTime() - limits.mcpSessionIdleSeconds * 1_000)) },
    { table: authorizations, key: authorizations.id, where: lt(authorizations.expiresAt, dayAgo) },
    { table: connectFlows, key: connectFlows.stateHash, where: lt(connectFlows.expiresAt, now) },
    {
      table: serviceTokens,
      key: serviceTokens.id,
      where: or(lt(serviceTokens.revokedAt, daysAgo(endedGrantDays)), lt(serviceTokens.expiresAt, daysAgo(endedGrantDays))),
    },
    { table: grants, key: grants.id, where: or(lt(grants.revokedAt, daysAgo(endedGrantDays)), lt(grants.expiresAt, daysAgo(endedGrantDays))) },
    // Deleting a client takes its grants with it, so one that somebody is signed in with stays, whatever its dates say.
    { table: clients, key: clients.id, where: and(eq(clients.kind, "dcr"), lt(clients.expiresAt, now), isUnheld) },
    // A document's row is a cache; while it is fresh, somebody may be on the consent page with it.
    { table: clients, key: clients.id, where: and(eq(clients.kind, "cimd"), lt(clients.expiresAt, dayAgo), isIdle, isUnheld) },
    { table: throttles, key: throttles.key, where: lt(throttles.windowEndsAt, now) },
    { table: instances, key: instances.id, where: lt(instances.heartbeatAt, dayAgo) },
    { table: callDays, key: callDays.day, where: lt(callDays.day, dayOf(daysAgo(2 * overviewDays))) },
  ];
}

// Ids are ordered by time, so a retention limit is a range of the index (organization, id). Few organizations choose their own.
async function outOfRetention(db: Database, now: Date): Promise<Sweep[]> {
  const chosen = await db.selectDistinct({ days: organizations.retentionDays }).from(organizations).orderBy(organizations.retentionDays).limit(1_000);
  const before = (days: number) => new Date(now.getTime() - days * dayMs);
  const byDays = chosen.flatMap(({ days }): Sweep[] => {
    const theirs = db.select({ id: organizations.id }).from(organizations).where(eq(organizations.retentionDays, days));
    return [
      { table: calls, key: calls.id, where: and(inArray(calls.orgId, theirs), lt(calls.id, idAt("cal", before(days)))) },
      { table: accessEvents, key: accessEvents.id, where: and(inArray(accessEvents.orgId, theirs), lt(accessEvents.id, idAt("acc", before(days)))) },
      { table: notices, key: notices.id, where: and(inArray(notices.orgId, theirs), lt(notices.id, idAt("ntc", before(days)))) },
    ];
  });
  const oldest = before(limits.retentionDaysDefault);
  return [
    ...byDays,
    { table: accessEvents, key: accessEvents.id, where: and(isNull(accessEvents.orgId), lt(accessEvents.id, idAt("acc", oldest))) },
    { table: auditEvents, key: auditEvents.id, where: lt(auditEvents.id, idAt("aud", before(auditDays))) },
  ];
}
