import { and, asc, eq, inArray } from "drizzle-orm";
import { assignments, portals, servers, toggles } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { groupBy } from "@/lib/group-by";
import { allocateNames, type Nameable, nameKey } from "./names";

/**
 * Gives each portal that has the server an undecided, off toggle for capabilities that appeared after its first sync. Runs
 * inside the sync's transaction. The new names are stored now, so they can never rename one that clients know.
 */
export async function addArrivals(tx: Database, orgId: string, serverId: string, capabilities: readonly Nameable[]): Promise<void> {
  if (capabilities.length === 0) return;
  const assigned = await tx
    .select({ portalId: assignments.portalId, prefixed: assignments.prefixed, slug: servers.slug })
    .from(assignments)
    .innerJoin(servers, and(eq(servers.orgId, assignments.orgId), eq(servers.id, assignments.serverId)))
    .where(and(eq(assignments.orgId, orgId), eq(assignments.serverId, serverId)))
    .orderBy(asc(assignments.portalId));
  if (assigned.length === 0) return;
  const portalIds = assigned.map((row) => row.portalId);
  await lockNames(tx, orgId, portalIds);
  const known = groupBy(await namesOf(tx, orgId, portalIds), (row) => row.portalId);
  const rows = assigned.flatMap(({ portalId, prefixed, slug }) => {
    const there = known.get(portalId) ?? [];
    const decided = new Set(there.map((row) => row.capabilityId));
    const newcomers = capabilities.filter((capability) => !decided.has(capability.id));
    const taken = new Set(there.map((row) => nameKey(row.kind, row.exposedName)));
    const names = allocateNames(
      { slug, prefixed },
      newcomers,
      taken,
      there.filter((row) => row.serverId !== serverId),
    );
    return newcomers.map(({ id, kind }) => ({
      ...{ orgId, portalId, serverId, capabilityId: id, kind },
      enabled: false,
      decided: false,
      exposedName: names.get(id) ?? id,
    }));
  });
  await insertToggles(tx, rows);
}

/** Names are given out one transaction at a time per portal; in one order, so two that want several do not wait for each other. */
export async function lockNames(tx: Database, orgId: string, portalIds: readonly string[]): Promise<void> {
  await tx
    .select({ id: portals.id })
    .from(portals)
    .where(and(eq(portals.orgId, orgId), inArray(portals.id, [...portalIds])))
    .orderBy(asc(portals.id))
    .for("no key update");
}

export async function namesOf(tx: Database, orgId: string, portalIds: readonly string[]) {
  return tx
    .select({
      portalId: toggles.portalId,
      serverId: toggles.serverId,
      capabilityId: toggles.capabilityId,
      kind: toggles.kind,
      exposedName: toggles.exposedName,
    })
    .from(toggles)
    .where(and(eq(toggles.orgId, orgId), inArray(toggles.portalId, [...portalIds])))
    .orderBy(asc(toggles.portalId), asc(toggles.capabilityId));
}

const rowsPerStatement = 1_000;

/** One statement holds 65,535 parameters at most. */
export async function insertToggles(tx: Database, rows: (typeof toggles.$inferInsert)[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsPerStatement) await tx.insert(toggles).values(rows.slice(from, from + rowsPerStatement));
}
