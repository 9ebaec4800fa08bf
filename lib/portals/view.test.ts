import { expect, test } from "vitest";
import { blocks, groupPeople, groups, portalPolicies, serverPolicies } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer } from "@/tests/support/factories";
import { loadPerson, loadPersonByEmail, loadPortalView } from "./view";

const db = await testDatabase();

async function aGroup(orgId: string, ...emails: string[]): Promise<string> {
  const id = newId("grp");
  await db.insert(groups).values({ id, orgId, name: id });
  if (emails.length > 0) await db.insert(groupPeople).values(emails.map((email) => ({ orgId, groupId: id, email })));
  return id;
}

test("TN-01: a person is in their own groups of this organization, and blocked by their own address or account there, and nothing else", async () => {
  const [here, there] = [await anOrg(db), await anOrg(db)];
  const [ann, bob, carol] = [await aPerson(db), await aPerson(db), await aPerson(db)];
  const anns = await aGroup(here.org.id, ann.email);
  const both = await aGroup(here.org.id, ann.email, bob.email);
  await aGroup(here.org.id, bob.email);
  await aGroup(here.org.id);
  await aGroup(there.org.id, ann.email);
  const block = (orgId: string, who: { email: string; personId?: string }) => db.insert(blocks).values({ id: newId("blk"), orgId, createdBy: "x", ...who });
  await block(here.org.id, { email: bob.email });
  await block(here.org.id, { email: "earlier@acme.test", personId: carol.id });
  await block(there.org.id, { email: ann.email });

  const inOrder = <T extends { groups: readonly string[] } | null>(one: T) => one && { ...one, groups: [...one.groups].sort() };
  const expected = {
    ann: { email: ann.email, verified: true, groups: [anns, both].sort(), blocked: false },
    carol: { email: carol.email, verified: true, groups: [], blocked: true },
  };
  expect(inOrder(await loadPerson(db, here.org.id, ann.id))).toEqual(expected.ann);
  expect(await loadPerson(db, here.org.id, bob.id)).toMatchObject({ blocked: true });
  expect(await loadPerson(db, here.org.id, carol.id)).toEqual(expected.carol);
  expect(await loadPerson(db, here.org.id, newId("per"))).toBeNull();
  expect(inOrder(await loadPersonByEmail(db, here.org.id, ann.email))).toEqual(expected.ann);
  expect(await loadPersonByEmail(db, here.org.id, bob.email)).toMatchObject({ blocked: true });
  expect(await loadPersonByEmail(db, here.org.id, "nobody@acme.test")).toEqual({ email: "nobody@acme.test", verified: true, groups: [], blocked: false });
});

test("a portal's policies and those of each of its servers stay apart, each in order", async () => {
  const { org } = await anOrg(db);
  const [portal, other] = [await aPortal(db, org.id), await aPortal(db, org.id)];
  const own = { access: "policies" as const };
  const [first, second, elsewhere] = [await aServer(db, org.id, own), await aServer(db, org.id, own), await aServer(db, org.id, own)];
  for (const server of [first, second]) await anAssignment(db, org.id, portal.id, server.id, []);
  await anAssignment(db, org.id, other.id, elsewhere.id, []);
  const [a, b, c] = [
    await aPolicy(db, org.id, [{ kind: "everyone" }]),
    await aPolicy(db, org.id, [{ kind: "everyone" }]),
    await aPolicy(db, org.id, [{ kind: "everyone" }]),
  ];
  const at = { orgId: org.id };
  await db.insert(portalPolicies).values([
    { ...at, portalId: portal.id, policyId: b.id, position: 1 },
    { ...at, portalId: portal.id, policyId: a.id, position: 2 },
    { ...at, portalId: other.id, policyId: c.id, position: 1 },
  ]);
  await db.insert(serverPolicies).values([
    { ...at, serverId: first.id, policyId: c.id, position: 1 },
    { ...at, serverId: first.id, policyId: b.id, position: 2 },
    { ...at, serverId: elsewhere.id, policyId: a.id, position: 1 },
  ]);
  const view = await loadPortalView(db, org.id, portal.id);
  expect(view?.policies.map(({ id }) => id)).toEqual([b.id, a.id]);
  const ofServers = new Map(view?.servers.map((server) => [server.id, server.policies?.map(({ id }) => id) ?? null]));
  expect(ofServers).toEqual(
    new Map([
      [first.id, [c.id, b.id]],
      [second.id, []],
    ]),
  );
});
