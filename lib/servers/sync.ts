import { and, eq, inArray, isNull, lt, or, sql } from "drizzle-orm";
import { capabilities, organizations, servers } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { OrgContext } from "@/lib/auth/context";
import { canonicalJson } from "@/lib/canonical-json";
import { loadTarget } from "@/lib/connections/target";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { type Inspection, isMissing, isUpstreamFailure, type UpstreamFailure } from "@/lib/mcp/upstream-types";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { addArrivals } from "@/lib/portals/arrivals";
import { reportFault } from "@/lib/report";
import { type Found, readDefinitions } from "./definitions";
import { inspectAs, withoutCredential } from "./inspect";

export type SyncResult =
  | { kind: "done"; added: number; changed: number; gone: number }
  | { kind: "failed"; message: string }
  | { kind: "busy" }
  | { kind: "missing" };
type Actor = OrgContext["actor"] | "schedule";

const leaseMs = 3 * 60_000;
const hourMs = 3_600_000;
const retryMs = 5 * 60_000;

/**
 * Reads a server's capabilities and stores them. One sync of a server runs at a time, on whatever instance; the network is
 * never awaited inside a transaction. Never throws for what the server does wrong: that becomes the server's status.
 */
export async function syncServer(db: Database, ref: { orgId: string; serverId: string }, actor: Actor, now = new Date()): Promise<SyncResult> {
  const leased = await takeLease(db, ref, now);
  if (leased !== "taken") return { kind: leased };
  try {
    const target = await loadTarget(db, ref.orgId, ref.serverId, null);
    if (!target) return { kind: "missing" };
    if (isMissing(target)) return await fail(db, ref, withoutCredential(target), null, now);
    const inspection = await inspectAs(db, ref, target);
    return await store(db, ref, actor, target.url, inspection, now);
  } catch (error) {
    return fail(db, ref, isUpstreamFailure(error) ? error : null, error, now);
  }
}

async function takeLease(db: Database, ref: { orgId: string; serverId: string }, now: Date): Promise<"taken" | "busy" | "missing"> {
  const mine = and(eq(servers.orgId, ref.orgId), eq(servers.id, ref.serverId));
  const taken = await db
    .update(servers)
    .set({ syncLeaseUntil: new Date(now.getTime() + leaseMs), syncProgress: "connecting" })
    .where(and(mine, or(isNull(servers.syncLeaseUntil), lt(servers.syncLeaseUntil, now))))
    .returning({ id: servers.id });
  if (taken.length > 0) return "taken";
  const [exists] = await db.select({ id: servers.id }).from(servers).where(mine).limit(1);
  return exists ? "busy" : "missing";
}

async function store(
  db: Database,
  ref: { orgId: string; serverId: string },
  actor: Actor,
  url: string,
  inspection: Inspection,
  now: Date,
): Promise<SyncResult> {
  const { found, notes } = readDefinitions(inspection);
  return db.transaction(async (tx) => {
    const mine = and(eq(servers.orgId, ref.orgId), eq(servers.id, ref.serverId));
    const [server] = await tx
      .select({
        name: servers.name,
        url: servers.url,
        lastSuccessAt: servers.lastSuccessAt,
        status: servers.status,
        instructions: servers.instructions,
        declared: servers.serverCapabilities,
        org: { id: organizations.id, slug: organizations.slug, name: organizations.name },
      })
      .from(servers)
      .innerJoin(organizations, eq(organizations.id, servers.orgId))
      .where(mine)
      .for("update", { of: servers })
      .limit(1);
    if (!server) return { kind: "missing" as const };
    // What was read belongs to an address that was changed meanwhile; storing it would approve one server's tools for another (UP-20).
    if (server.url !== url) {
      await tx.update(servers).set({ syncLeaseUntil: null, syncProgress: null, nextSyncAt: now }).where(mine);
      return { kind: "failed" as const, message: "the address was changed while it was read; synchronise again" };
    }
    const instructions = inspection.instructions.toWellFormed().replaceAll("\0", "").slice(0, 8_192);
    const difference = await storeCapabilities(tx, ref, found, server.lastSuccessAt === null, now);
    await tx
      .update(servers)
      .set({
        transport: inspection.transport,
        era: inspection.era,
        protocolVersion: inspection.protocolVersion,
        probedAt: now,
        serverInfo: inspection.serverInfo,
        serverCapabilities: inspection.capabilities,
        instructions,
        status: "ready",
        errorCause: null,
        errorMessage: null,
        notes,
        lastSyncAt: now,
        lastSuccessAt: now,
        nextSyncAt: new Date(now.getTime() + hourMs * (0.9 + Math.random() * 0.2)),
        syncLeaseUntil: null,
        syncProgress: null,
      })
      .where(mine);
    const { added, changed, gone, returned } = difference;
    const isSame = server.instructions === instructions && canonicalJson(server.declared) === canonicalJson(inspection.capabilities);
    const isNews = added + changed + gone + returned > 0 || server.status !== "ready";
    if (isNews || !isSame) await bumpAccessVersion(tx, ref.orgId);
    if (isNews) {
      const who = actor === "schedule" ? ({ personId: "system", email: "schedule", role: "owner" } as const) : actor;
      const ctx: OrgContext = { db: tx, org: server.org, actor: who, now };
      const target = { kind: "server", id: ref.serverId, name: server.name } as const;
      await recordAudit(tx, ctx, {
        action: "server.synced",
        target,
        before: { status: server.status },
        after: { status: "ready", ...difference, total: found.length },
      });
    }
    return { kind: "done" as const, added, changed, gone };
  });
}

/** On the first sync the list itself is what an admin asked for, so it is approved, but for what hides something. */
async function storeCapabilities(tx: Database, ref: { orgId: string; serverId: string }, found: Found[], isFirst: boolean, now: Date) {
  const known = await tx
    .select({
      id: capabilities.id,
      kind: capabilities.kind,
      name: capabilities.name,
      fingerprint: capabilities.fingerprint,
      missingSince: capabilities.missingSince,
      position: capabilities.position,
    })
    .from(capabilities)
    .where(and(eq(capabilities.orgId, ref.orgId), eq(capabilities.serverId, ref.serverId)));
  const byKey = new Map(known.map((row) => [`${row.kind} ${row.name}`, row]));
  const keys = new Set(found.map((item) => `${item.kind} ${item.name}`));
  const fresh = found.filter((item) => !byKey.has(`${item.kind} ${item.name}`));
  const touched = found.flatMap((item) => {
    const row = byKey.get(`${item.kind} ${item.name}`);
    if (!row) return [];
    const isChanged = row.fingerprint !== item.fingerprint;
    const isBack = row.missingSince !== null;
    return isChanged || isBack || row.position !== item.position ? [{ item, row, isChanged, isBack }] : [];
  });
  const gone = known.filter((row) => row.missingSince === null && !keys.has(`${row.kind} ${row.name}`));

  const inserted = fresh.map((item) => {
    const approved = isFirst && !item.warnings.includes("hidden");
    return {
      id: newId("cap"),
      ...ref,
      ...stored(item),
      approvedDefinition: approved ? asWritten(item) : null,
      approvedFingerprint: approved ? item.fingerprint : null,
      firstSeenAt: now,
    };
  });
  for (let from = 0; from < inserted.length; from += 500) await tx.insert(capabilities).values(inserted.slice(from, from + 500));
  for (const { item, row, isChanged } of touched) {
    await tx
      .update(capabilities)
      .set({ ...stored(item), missingSince: null, ...(isChanged ? { changedAt: now } : {}) })
      .where(and(eq(capabilities.orgId, ref.orgId), eq(capabilities.id, row.id)));
  }
  const goneIds = gone.map((row) => row.id);
  if (goneIds.length > 0)
    await tx
      .update(capabilities)
      .set({ missingSince: now })
      .where(and(eq(capabilities.orgId, ref.orgId), inArray(capabilities.id, goneIds)));
  if (!isFirst) await addArrivals(tx, ref.orgId, ref.serverId, inserted);
  return {
    added: inserted.length,
    changed: touched.filter((entry) => entry.isChanged).length,
    returned: touched.filter((entry) => entry.isBack).length,
    gone: gone.length,
  };
}

/** A `json` column keeps its text; the driver would serialise the parsed definition anew. */
const asWritten = ({ text }: Found) => sql<JsonObject>`${text}::json`;

function stored(item: Found) {
  const { text: _, ...columns } = item;
  return { ...columns, definition: asWritten(item) };
}

async function fail(db: Database, ref: { orgId: string; serverId: string }, failure: UpstreamFailure | null, error: unknown, now: Date): Promise<SyncResult> {
  const message = failure?.person ?? `something went wrong on our side; it is logged as ${reportFault(error, { during: "sync" })}`;
  const mine = and(eq(servers.orgId, ref.orgId), eq(servers.id, ref.serverId));
  await db.transaction(async (tx) => {
    const [server] = await tx.select({ status: servers.status, lastSuccessAt: servers.lastSuccessAt }).from(servers).where(mine).for("update").limit(1);
    if (!server) return;
    const status = server.lastSuccessAt ? "stale" : "error";
    await tx
      .update(servers)
      .set({
        status,
        errorCause: failure?.cause_ ?? "internal",
        errorMessage: message,
        lastSyncAt: now,
        nextSyncAt: new Date(now.getTime() + retryMs),
        syncLeaseUntil: null,
        syncProgress: null,
      })
      .where(mine);
    // The reason is part of what portals show, so their views must be read anew.
    if (server.status !== status) await bumpAccessVersion(tx, ref.orgId);
  });
  return { kind: "failed", message };
}
