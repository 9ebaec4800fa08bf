import { and, asc, eq, gt, inArray, isNull, lt, lte, not, notExists, or, sql } from "drizzle-orm";
import { connections, servers, troubles } from "@/drizzle/schema";
import type { TroubleKind } from "@/drizzle/schema/notices";
import { problemForAdmins } from "@/lib/connections/problems";
import type { Database } from "@/lib/db/types";
import { failingServers } from "@/lib/mcp/upstream";
import { beginTrouble, endTrouble } from "./troubles";

const perRound = 500;
/** A renewal that fails is tried again by the next call or sync; only what stays is told. */
const renewalGraceMs = 5 * 60_000;
/** So long no call may have failed on any instance before calls count as well again. */
const callsQuietMs = 10 * 60_000;

/**
 * Compares how servers and shared accounts are now with the troubles on record, and writes what began or ended. It reads durable state
 * only, apart from breakers, so nothing is lost with a process: the next round, on whatever instance, finds the same.
 */
export async function watchServers(db: Database, now: Date): Promise<void> {
  await Promise.all([watchLists(db, now), watchAccounts(db, now), watchCalls(db, failingServers(callsQuietMs), now)]);
}

/** A sync failed, and the next one too; a refused credential needs no second try. */
async function watchLists(db: Database, now: Date): Promise<void> {
  const joined = troubleOf("lists", servers.id);
  const failing = await db
    .select({
      orgId: servers.orgId,
      serverId: servers.id,
      cause: servers.errorCause,
      detail: servers.errorMessage,
      lastSyncAt: servers.lastSyncAt,
      since: troubles.since,
    })
    .from(servers)
    .leftJoin(troubles, joined)
    .where(and(inArray(servers.status, ["stale", "error"]), isNull(troubles.told), not(isTheAccounts(db, now))))
    .orderBy(asc(servers.id))
    .limit(perRound);
  for (const { cause, detail, lastSyncAt, since, ...ref } of failing) {
    const hasFailedAgain = since !== null && lastSyncAt !== null && lastSyncAt > since;
    const isRipe = cause === "unauthorized" || cause === "forbidden" || hasFailedAgain;
    if (since === null || isRipe) await beginTrouble(db, { ...ref, topic: "lists", kind: "server_failing", detail: detail ?? "" }, isRipe, now);
  }
  const over = await db
    .select({ orgId: troubles.orgId, serverId: troubles.serverId })
    .from(troubles)
    .innerJoin(servers, and(eq(servers.orgId, troubles.orgId), eq(servers.id, troubles.serverId)))
    .where(and(eq(troubles.topic, "lists"), eq(servers.status, "ready")))
    .limit(perRound);
  for (const ref of over) await endTrouble(db, { ...ref, topic: "lists" }, {}, now);
}

/** The server refuses because its shared account is missing or unwell, which is told as that. */
function isTheAccounts(db: Database, now: Date) {
  const isWell = and(
    eq(connections.orgId, servers.orgId),
    eq(connections.serverId, servers.id),
    isShared,
    eq(connections.state, "active"),
    isNull(connections.lastError),
    or(connections.renews, isNull(connections.expiresAt), gt(connections.expiresAt, now)),
  );
  const refused = and(eq(servers.auth, "oauth"), sql`${servers.errorCause} is not distinct from 'unauthorized'`);
  return and(refused, notExists(db.select({ one: sql`1` }).from(connections).where(isWell))) ?? sql`false`;
}

const isShared = and(isNull(connections.personId), eq(connections.kind, "oauth"));

/** The shared accounts: ended, not renewable at the moment, or about to expire without renewal. */
async function watchAccounts(db: Database, now: Date): Promise<void> {
  const kind = accountKind(now);
  const joined = troubleOf("account", connections.serverId);
  const unwell = await db
    .select({
      ...{ orgId: connections.orgId, serverId: connections.serverId, kind, cause: connections.lastError },
      ...{ since: troubles.since, was: troubles.kind, told: troubles.told },
    })
    .from(connections)
    .leftJoin(troubles, joined)
    .where(and(isShared, sql`${kind} is not null`, sql`${troubles.told} is distinct from ${kind}`))
    .orderBy(asc(connections.id))
    .limit(perRound);
  for (const { since, was, told: _, kind, cause, ...ref } of unwell) {
    if (!kind) continue;
    const isRipe = kind !== "account_failing" || (since !== null && now.getTime() - since.getTime() >= renewalGraceMs);
    if (was !== kind || isRipe) await beginTrouble(db, { ...ref, topic: "account", kind, detail: accountDetail(kind, cause) }, isRipe, now);
  }
  const over = await db
    .select({ orgId: troubles.orgId, serverId: troubles.serverId, connectionId: connections.id })
    .from(troubles)
    .leftJoin(connections, and(eq(connections.orgId, troubles.orgId), eq(connections.serverId, troubles.serverId), isShared))
    .where(and(eq(troubles.topic, "account"), or(isNull(connections.id), sql`${kind} is null`)))
    .limit(perRound);
  // One that an admin disconnected is nobody's trouble any more, and no good news either.
  for (const { connectionId, ...ref } of over) await endTrouble(db, { ...ref, topic: "account" }, { isQuiet: connectionId === null }, now);
}

/** Forewarned a week ahead, or a quarter of its life where that is shorter: an hour's token is no reason for alarm all the time. */
function accountKind(now: Date) {
  const at = sql`${now.toISOString()}::timestamptz`;
  const endsAlone = sql`not ${connections.renews} and ${connections.expiresAt}`;
  return sql<TroubleKind | null>`case
    when ${connections.state} = 'reconnect' or (${endsAlone} <= ${at}) then 'account_ended'
    when ${connections.lastError} is not null then 'account_failing'
    when ${endsAlone} - ${at} <= least(interval '7 days', (${connections.expiresAt} - ${connections.updatedAt}) / 4) then 'account_ending'
  end`;
}

function accountDetail(kind: TroubleKind, cause: string | null): string {
  if (kind === "account_ending") return "its provider gave nothing to renew it with";
  return cause ? problemForAdmins(cause) : "it has expired, and its provider gave nothing to renew it with";
}

/** Breakers live in each process, so an instance reports its own; over is what none has reported for a while. */
export async function watchCalls(db: Database, failing: { orgId: string; serverId: string }[], now: Date): Promise<void> {
  for (const ref of failing.slice(0, perRound)) {
    const detail = "several calls in a row failed on the way to the server or in it";
    await beginTrouble(db, { ...ref, topic: "calls", kind: "calls_failing", detail }, true, now);
    // What is wrong is seen soonest by looking, and a server that answers again is used again.
    await db
      .update(servers)
      .set({ nextSyncAt: now })
      .where(and(eq(servers.orgId, ref.orgId), eq(servers.id, ref.serverId), eq(servers.status, "ready"), lte(servers.lastSyncAt, minutesAgo(now, 5))));
  }
  const unseenSince = new Date(now.getTime() - callsQuietMs);
  const over = await db
    .select({ orgId: troubles.orgId, serverId: troubles.serverId })
    .from(troubles)
    .where(and(eq(troubles.topic, "calls"), lt(troubles.seenAt, unseenSince)))
    .limit(perRound);
  for (const ref of over) await endTrouble(db, { ...ref, topic: "calls" }, { unseenSince }, now);
}

const minutesAgo = (now: Date, minutes: number) => new Date(now.getTime() - minutes * 60_000);

const troubleOf = (topic: "lists" | "account", serverId: typeof servers.id | typeof connections.serverId) =>
  and(eq(troubles.serverId, serverId), eq(troubles.topic, topic));
