import { asc, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { accessEvents, grants, organizations } from "@/drizzle/schema";
import type { Caller } from "@/lib/gateway/ports";
import { loadPortalView } from "@/lib/portals/view";
import { testDatabase } from "@/tests/support/database";
import { aGrant, anAssignment, anOrg, aPerson, aPortal, aServer } from "@/tests/support/factories";
import { listGrantsOfPerson, revokeGrant } from "./grants";
import { switchServer } from "./servers-off";

const db = await testDatabase();
const now = new Date();

async function aCaller() {
  const { org } = await anOrg(db);
  const [portal, person, jira, slack] = [await aPortal(db, org.id), await aPerson(db), await aServer(db, org.id), await aServer(db, org.id)];
  await anAssignment(db, org.id, portal.id, jira.id);
  await anAssignment(db, org.id, portal.id, slack.id, [], { position: 1 });
  const { grant, client } = await aGrant(db, portal, person.id, "r");
  const view = await loadPortalView(db, org.id, portal.id);
  if (!view) throw new Error("the portal is there");
  const who = {
    grantId: grant.id,
    id: person.id,
    personId: person.id,
    email: person.email,
    clientId: client.id,
    clientName: client.name,
    ip: "192.0.2.1",
    view,
  };
  return { caller: who as Caller, org, person, grant, jira, slack };
}

const offOf = async (grantId: string) => (await db.select({ off: grants.serversOff }).from(grants).where(eq(grants.id, grantId)))[0]?.off;
const eventsOf = (orgId: string) => db.select().from(accessEvents).where(eq(accessEvents.orgId, orgId)).orderBy(asc(accessEvents.id));

describe("a server switched off for a grant", () => {
  test("is off until it is switched on again, each on record, and caches hear of each", async () => {
    const { caller, org, person, grant, jira, slack } = await aCaller();
    expect(await switchServer(db, caller, jira, false, now)).toBe(true);
    expect(await switchServer(db, caller, slack, false, now)).toBe(true);
    expect(await offOf(grant.id)).toEqual([jira.id, slack.id]);
    expect((await listGrantsOfPerson(db, person.id)).map((row) => row.serversOff)).toEqual([2]);
    expect(await switchServer(db, caller, jira, true, now)).toBe(true);
    expect(await offOf(grant.id)).toEqual([slack.id]);
    expect(await eventsOf(org.id)).toMatchObject([
      { kind: "server_switched_off", reason: jira.name, personId: person.id, portalId: caller.view.portal.id, clientId: caller.clientId },
      { kind: "server_switched_off", reason: slack.name },
      { kind: "server_switched_on", reason: jira.name },
    ]);
    const [row] = await db.select({ version: organizations.accessVersion }).from(organizations).where(eq(organizations.id, org.id));
    expect(row?.version).toBe(4);
  });

  test("twice is once, and many at once lose none", async () => {
    const { caller, org, grant, jira, slack } = await aCaller();
    await Promise.all([jira, slack, jira, slack].map((server) => switchServer(db, caller, server, false, now)));
    expect((await offOf(grant.id))?.sort()).toEqual([jira.id, slack.id].sort());
    expect(await eventsOf(org.id)).toHaveLength(2);
    expect(await switchServer(db, caller, jira, false, now)).toBe(false);
  });

  test("goes from the list with the server's leaving the portal", async () => {
    const { caller, grant, jira, slack } = await aCaller();
    await switchServer(db, caller, jira, false, now);
    const without = { ...caller, view: { ...caller.view, servers: caller.view.servers.filter((server) => server.id !== jira.id) } };
    await switchServer(db, without, slack, false, now);
    expect(await offOf(grant.id)).toEqual([slack.id]);
  });

  test("changes no grant that has ended, and none of another organization", async () => {
    const { caller, grant, jira } = await aCaller();
    const other = await aCaller();
    const foreign = { ...caller, view: { ...caller.view, org: other.caller.view.org } };
    expect(await switchServer(db, foreign, jira, false, now)).toBe(false);
    await db.transaction((tx) => revokeGrant(tx, grant.id, "person", now));
    expect(await switchServer(db, caller, jira, false, now)).toBe(false);
    expect(await offOf(grant.id)).toEqual([]);
  });
});
