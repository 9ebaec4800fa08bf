import { and, eq, inArray, isNull, ne, or, sql } from "drizzle-orm";
import { capabilities, toggles } from "@/drizzle/schema";
import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import { perDatabase, prepared } from "@/lib/db/prepared";
import type { Database } from "@/lib/db/types";
import type { CapabilityView, PortalView, ServerView } from "@/lib/gateway/types";

const { placeholder } = sql;

/** Approved, unchanged, present and on: nothing else is ever served (design 4.9). */
const isServed = sql<
  boolean | null
>`(${toggles.enabled} and ${capabilities.approvedFingerprint} = ${capabilities.fingerprint} and ${isNull(capabilities.missingSince)})`;
const isRenamedUri = and(inArray(capabilities.kind, ["resource", "template"]), ne(toggles.exposedName, capabilities.name));

/** What one server offers in a portal. */
export type Offered = Pick<ServerView, "capabilities" | "renamed">;

type Renamed = Offered["renamed"][number];
type Definition = Pick<CapabilityView, "fingerprint" | "definition" | "text">;
/** What one line says: what is served of it, and what is renamed of it whether it is served or not. */
type Offer = { capability: CapabilityView | null; renamed: Renamed | null };
type Line = [id: string, kind: CapabilityKind, name: string, exposedName: string, fingerprint: string, served: boolean | null];
type Written = { text: string; offers: ReadonlyMap<string, Offer>; offered: Offered };

/** How the database wrote what a server offers, by the list that was made of it: one line each, with all that it depends on. */
const writtenAs = new WeakMap<readonly CapabilityView[], Written>();

/**
 * What each server offers in a portal, in order. What an earlier view of it holds in its present form is taken from there: a change of one
 * toggle leaves the offers of other servers as they were, all other lines of its own, and megabytes of definitions, and reading and parsing
 * those is most of the work.
 */
export async function offeredIn(db: Database, orgId: string, portalId: string, earlier: PortalView | null): Promise<Map<string, Offered>> {
  const rows = await rowsOf(db)({ orgId, portalId });
  const known = new Map(earlier?.servers.map((server) => [server.id, server.capabilities]));
  const readings = rows.map((row) => readingOf(row, known.get(row.server_id) ?? []));
  const definitions = await readDefinitions(db, orgId, readings.flatMap(missingIn));
  return new Map(
    readings.map((reading) => [reading.serverId, reading.before?.text === reading.text ? reading.before.offered : offeredOf(reading, definitions)]),
  );
}

type Reading = { serverId: string; text: string; before: Written | undefined; known: ReadonlyMap<string, Definition>; fresh: ReadonlyMap<string, Line> };

function readingOf({ server_id: serverId, offers: text }: Row, earlier: readonly CapabilityView[]): Reading {
  const before = writtenAs.get(earlier);
  const unknown = before?.text === text ? [] : text.split("\n").filter((line) => !before?.offers.has(line));
  const known = new Map<string, Definition>(unknown.length > 0 ? earlier.map((one) => [one.id, one]) : []);
  return { serverId, text, before, known, fresh: new Map(unknown.map((line) => [line, JSON.parse(line) as Line])) };
}

const missingIn = ({ fresh, known }: Reading) =>
  [...fresh.values()].flatMap(([id, , , , fingerprint, served]) => (served && known.get(id)?.fingerprint !== fingerprint ? id : []));

function offeredOf({ text, before, known, fresh }: Reading, definitions: ReadonlyMap<string, Definition>): Offered {
  const offers = new Map<string, Offer>();
  let isWhole = true;
  for (const line of text.split("\n")) {
    const parsed = fresh.get(line);
    const offer = parsed ? offerOf(parsed, definitions.get(parsed[0]) ?? known.get(parsed[0])) : before?.offers.get(line);
    if (offer) offers.set(line, offer);
    else isWhole = false;
  }
  const all = [...offers.values()];
  const offered = { capabilities: all.flatMap(({ capability }) => capability ?? []), renamed: all.flatMap(({ renamed }) => renamed ?? []) };
  if (isWhole) writtenAs.set(offered.capabilities, { text, offers, offered });
  return offered;
}

/** Null for one that changed between the two reads: it waits for an admin, and as the access version moved on, the next request reads again. */
function offerOf([id, kind, name, exposedName, fingerprint, served]: Line, known: Definition | undefined): Offer | null {
  const renamed = (kind === "resource" || kind === "template") && name !== exposedName ? { kind, name, exposedName } : null;
  if (!served) return { capability: null, renamed };
  if (known?.fingerprint !== fingerprint) return null;
  return { capability: { id, kind, name, exposedName, fingerprint, definition: known.definition, text: known.text }, renamed };
}

type Row = { server_id: string; offers: string };

// A portal can have thousands. One text for each server, which is compared as a whole, costs a tenth of reading a row for each of them.
const rowsOf = perDatabase((db) => {
  const line = sql`json_build_array(${capabilities.id}, ${capabilities.kind}, ${capabilities.name}, ${toggles.exposedName}, ${capabilities.fingerprint}, ${isServed})::text`;
  const query = db
    .select({
      serverId: capabilities.serverId,
      offers: sql<string>`string_agg(${line}, E'\\n' order by ${capabilities.position}, ${capabilities.id})`.as("offers"),
    })
    .from(toggles)
    .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
    .where(and(eq(toggles.orgId, placeholder("orgId")), eq(toggles.portalId, placeholder("portalId")), or(isServed, isRenamedUri)))
    .groupBy(capabilities.serverId);
  return prepared<Row>(db, "portal_offers", query.toSQL());
});

async function readDefinitions(db: Database, orgId: string, ids: readonly string[]): Promise<Map<string, Definition>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: capabilities.id, fingerprint: capabilities.fingerprint, text: sql<string>`${capabilities.definition}::text` })
    .from(capabilities)
    .where(and(eq(capabilities.orgId, orgId), sql`${capabilities.id} = any(${sql.param(ids)})`));
  return new Map(rows.map(({ id, fingerprint, text }) => [id, { fingerprint, text, definition: JSON.parse(text) as JsonObject }]));
}
