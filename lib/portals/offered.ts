import { and, asc, eq, inArray, isNull, ne, or, sql } from "drizzle-orm";
import { capabilities, toggles } from "@/drizzle/schema";
import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import { perDatabase, prepared } from "@/lib/db/prepared";
import type { Database } from "@/lib/db/types";
import type { CapabilityView, PortalView, ServerView } from "@/lib/gateway/types";
import { groupBy } from "@/lib/group-by";

const { placeholder } = sql;

/** Approved, unchanged, present and on: nothing else is ever served (design 4.9). */
const isServed = sql<
  boolean | null
>`(${toggles.enabled} and ${capabilities.approvedFingerprint} = ${capabilities.fingerprint} and ${isNull(capabilities.missingSince)})`;
const isRenamedUri = and(inArray(capabilities.kind, ["resource", "template"]), ne(toggles.exposedName, capabilities.name));

/** What one server offers in a portal. */
export type Offered = Pick<ServerView, "capabilities" | "renamed">;

type Row = { id: string; server_id: string; kind: CapabilityKind; name: string; exposed_name: string; fingerprint: string; served: boolean | null };
type Definition = Pick<CapabilityView, "fingerprint" | "definition" | "text">;

/**
 * What each server offers in a portal, in order. Definitions that an earlier view of it holds in their present form are taken from there: a
 * change of one toggle leaves megabytes of them as they were, and reading and parsing those is most of the work.
 */
export async function offeredIn(db: Database, orgId: string, portalId: string, earlier: PortalView | null): Promise<Map<string, Offered>> {
  const rows = await rowsOf(db)({ orgId, portalId });
  const definitions = new Map<string, Definition>();
  for (const server of earlier?.servers ?? []) for (const capability of server.capabilities) definitions.set(capability.id, capability);
  const served = rows.filter((row) => row.served === true);
  const missing = served.filter((row) => definitions.get(row.id)?.fingerprint !== row.fingerprint).map((row) => row.id);
  for (const [id, definition] of await readDefinitions(db, orgId, missing)) definitions.set(id, definition);
  const views = new Map<string, Offered>();
  for (const [serverId, group] of groupBy(rows, (row) => row.server_id)) views.set(serverId, offeredOf(group, definitions));
  return views;
}

function offeredOf(rows: readonly Row[], definitions: ReadonlyMap<string, Definition>): Offered {
  const capabilities: CapabilityView[] = [];
  const renamed: ServerView["renamed"][number][] = [];
  for (const { id, kind, name, exposed_name: exposedName, fingerprint, served } of rows) {
    if ((kind === "resource" || kind === "template") && name !== exposedName) renamed.push({ kind, name, exposedName });
    const known = served ? definitions.get(id) : undefined;
    // One that changed between the two reads waits for an admin; the access version has moved on, so the next request reads all again.
    if (known?.fingerprint !== fingerprint) continue;
    capabilities.push({ id, kind, name, exposedName, fingerprint, definition: known.definition, text: known.text });
  }
  return { capabilities, renamed };
}

// A portal can have thousands, and to map rows to fields one by one costs three times what reading them does.
const rowsOf = perDatabase((db) => {
  const query = db
    .select({
      id: capabilities.id,
      serverId: capabilities.serverId,
      kind: capabilities.kind,
      name: capabilities.name,
      exposedName: toggles.exposedName,
      fingerprint: capabilities.fingerprint,
      served: isServed.as("served"),
    })
    .from(toggles)
    .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
    .where(and(eq(toggles.orgId, placeholder("orgId")), eq(toggles.portalId, placeholder("portalId")), or(isServed, isRenamedUri)))
    .orderBy(asc(capabilities.position), asc(capabilities.id));
  return prepared<Row>(db, "portal_offered", query.toSQL());
});

async function readDefinitions(db: Database, orgId: string, ids: readonly string[]): Promise<Map<string, Definition>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: capabilities.id, fingerprint: capabilities.fingerprint, text: sql<string>`${capabilities.definition}::text` })
    .from(capabilities)
    .where(and(eq(capabilities.orgId, orgId), sql`${capabilities.id} = any(${sql.param(ids)})`));
  return new Map(rows.map(({ id, fingerprint, text }) => [id, { fingerprint, text, definition: JSON.parse(text) as JsonObject }]));
}
