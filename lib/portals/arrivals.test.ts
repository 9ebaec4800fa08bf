import { asc, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { capabilities, toggles } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment, anOrg, aPortal, aServer } from "@/tests/support/factories";
import { addArrivals } from "./arrivals";
import { loadPortalView } from "./view";

const db = await testDatabase();
const togglesOf = (portalId: string) => db.select().from(toggles).where(eq(toggles.portalId, portalId)).orderBy(asc(toggles.exposedName));

test("what arrives later is off, undecided and named in each portal of its server", async () => {
  const { org } = await anOrg(db);
  const server = await aServer(db, org.id, { slug: "jira" });
  const other = await aServer(db, org.id, { slug: "github" });
  const [bare, prefixed, without] = [await aPortal(db, org.id), await aPortal(db, org.id), await aPortal(db, org.id)];
  const search = await aCapability(db, org.id, other.id, "tool", "search");
  await anAssignment(db, org.id, bare.id, other.id, [search]);
  await anAssignment(db, org.id, bare.id, server.id, [], { position: 1 });
  await anAssignment(db, org.id, prefixed.id, server.id, [], { prefixed: true });
  const late = [await aCapability(db, org.id, server.id, "tool", "search"), await aCapability(db, org.id, server.id, "tool", "count")];

  await db.transaction((tx) => addArrivals(tx, org.id, server.id, late));

  expect((await togglesOf(bare.id)).map((row) => [row.exposedName, row.enabled, row.decided])).toEqual([
    ["count", false, false],
    ["jira_search", false, false],
    ["search", true, true],
  ]);
  expect((await togglesOf(prefixed.id)).map((row) => row.exposedName)).toEqual(["jira_count", "jira_search"]);
  expect(await togglesOf(without.id)).toEqual([]);
  expect((await loadPortalView(db, org.id, bare.id))?.servers.flatMap((s) => s.capabilities.map((c) => c.exposedName))).toEqual(["search"]);
});

test("arriving twice changes nothing", async () => {
  const { org } = await anOrg(db);
  const server = await aServer(db, org.id);
  const portal = await aPortal(db, org.id);
  const tool = await aCapability(db, org.id, server.id, "tool", "search");
  await anAssignment(db, org.id, portal.id, server.id, [tool]);
  await db.transaction((tx) => addArrivals(tx, org.id, server.id, [tool]));
  expect((await togglesOf(portal.id)).map((row) => [row.enabled, row.decided])).toEqual([[true, true]]);
});

test("2,000 arrivals in one sync get 2,000 names", async () => {
  const { org } = await anOrg(db);
  const server = await aServer(db, org.id);
  const portal = await aPortal(db, org.id);
  await anAssignment(db, org.id, portal.id, server.id);
  const rows = Array.from({ length: 2_000 }, (_, i) => ({
    id: newId("cap"),
    orgId: org.id,
    serverId: server.id,
    kind: "tool" as const,
    name: `t${i}`,
    definition: {},
    fingerprint: "f",
  }));
  await db.insert(capabilities).values(rows);
  await db.transaction((tx) => addArrivals(tx, org.id, server.id, rows));
  expect(await togglesOf(portal.id)).toHaveLength(2_000);
});
