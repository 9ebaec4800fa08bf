import { and, asc, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditEvents, groups, organizations, portalPolicies, serverPolicies } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { newId } from "@/lib/ids";
import { loadPortalView } from "@/lib/portals/view";
import { testDatabase } from "@/tests/support/database";
import { aGrant, anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal, contextOf } from "@/tests/support/factories";
import { admitDomain, attachPolicy, createPolicy, deletePolicy, detachPolicy, movePolicy, setServerAccess, updatePolicy } from "./commands";
import { countPolicies, getPolicy, listAttachable, listAttached, listGroupChoices, listPolicies, policyImpact } from "./queries";
import type { PolicyInput, Rule } from "./schema";

const db = await testDatabase();
const everyone: Rule = { kind: "everyone" };
const policy = (name: string, more: Partial<PolicyInput> = {}): PolicyInput => ({
  ...{ name, description: "", action: "allow", include: [everyone], require: [], exclude: [] },
  ...more,
});
const aGroup = async (orgId: string, name: string) => {
  const id = newId("grp");
  await db.insert(groups).values({ id, orgId, name });
  return id;
};
const versionOf = async (ctx: OrgContext) =>
  (await db.select({ v: organizations.accessVersion }).from(organizations).where(eq(organizations.id, ctx.org.id)))[0]?.v ?? 0;
const auditOf = (ctx: OrgContext) => db.select().from(auditEvents).where(eq(auditEvents.orgId, ctx.org.id)).orderBy(asc(auditEvents.id));
const orderOf = async (portalId: string) =>
  (
    await db.select({ id: portalPolicies.policyId }).from(portalPolicies).where(eq(portalPolicies.portalId, portalId)).orderBy(asc(portalPolicies.position))
  ).map((row) => row.id);

/** Runs a change and says whether it was recorded and made caches stale. */
async function recordedChange(ctx: OrgContext, work: () => Promise<unknown>) {
  const [version, events] = [await versionOf(ctx), (await auditOf(ctx)).length];
  await work();
  const fresh = (await auditOf(ctx)).slice(events);
  return { bumped: (await versionOf(ctx)) > version, actions: fresh.map((event) => event.action), events: fresh };
}

describe("a policy", () => {
  test("is made, read as a sentence, changed and deleted, each on record", async () => {
    const { ctx, org } = await anOrg(db);
    const contractors = await aGroup(org.id, "contractors");
    const rules = { include: [{ kind: "email_domain", domain: "acme.com" } as const, { kind: "group", groupId: contractors } as const] };
    const made = await recordedChange(ctx, () => createPolicy(ctx, policy("Team", rules)));
    expect(made).toMatchObject({ bumped: true, actions: ["policy.created"] });
    const [item] = await listPolicies(ctx);
    expect(item?.parts.map((part) => part.text).join("")).toBe("Allow people at acme.com or in contractors");
    const id = item?.id ?? "";

    const changed = await recordedChange(ctx, () => updatePolicy(ctx, { policyId: id, ...policy("Team", { action: "block" }) }));
    expect(changed).toMatchObject({ bumped: true, actions: ["policy.updated"] });
    expect(changed.events[0]?.before).toMatchObject({ action: "allow" });
    expect(changed.events[0]?.after).toMatchObject({ action: "block" });
    expect((await getPolicy(ctx, id)).action).toBe("block");

    expect(await recordedChange(ctx, () => deletePolicy(ctx, { policyId: id }))).toMatchObject({ bumped: true, actions: ["policy.deleted"] });
    await expect(getPolicy(ctx, id)).rejects.toMatchObject({ code: "not_found" });
    expect(await countPolicies(ctx)).toBe(0);
  });

  test("whose name is taken is refused beside the name, in this organization only", async () => {
    const [{ ctx }, other] = [await anOrg(db), await anOrg(db)];
    const { id } = await createPolicy(ctx, policy("Team"));
    await createPolicy(other.ctx, policy("Team"));
    await expect(createPolicy(ctx, policy("Team"))).rejects.toMatchObject({ code: "conflict", field: "name" });
    const second = await createPolicy(ctx, policy("Two"));
    await expect(updatePolicy(ctx, { policyId: second.id, ...policy("Team") })).rejects.toMatchObject({ code: "conflict", field: "name" });
    await expect(updatePolicy(ctx, { policyId: id, ...policy("Team") })).resolves.toEqual({ id });
  });

  test("cannot name another organization's group, which looks like a missing one", async () => {
    const [{ ctx }, other] = [await anOrg(db), await anOrg(db)];
    const foreign = await aGroup(other.org.id, "theirs");
    const missing = newId("grp");
    for (const list of ["include", "require", "exclude"] as const) {
      const refusals = await Promise.all(
        [foreign, missing].map((groupId) =>
          createPolicy(ctx, policy(`In ${list}`, { [list]: [{ kind: "group", groupId }] })).catch((e: Error) => e.message.replace(groupId, "…")),
        ),
      );
      expect(refusals).toEqual(["group `…` not found", "group `…` not found"]);
    }
    expect(await listPolicies(ctx)).toEqual([]);
    expect(await listGroupChoices(ctx)).toEqual([]);
  });

  test("knows what deleting it touches", async () => {
    const { ctx, org, owner } = await anOrg(db);
    const [portal, server, rule] = [await aPortal(db, org.id), await aServer(db, org.id), await aPolicy(db, org.id, [everyone])];
    await attachToPortal(db, org.id, portal.id, rule.id);
    await attachPolicy(ctx, { targetKind: "server", targetId: server.id, policyId: rule.id });
    await aGrant(db, portal, owner.id, "http://x");
    await aGrant(db, portal, owner.id, "http://x");
    await aGrant(db, portal, (await aPerson(db)).id, "http://x", { revokedAt: new Date() });
    expect(await policyImpact(ctx, rule.id)).toEqual({
      portals: [{ id: portal.id, name: portal.name }],
      servers: [{ id: server.id, name: server.name }],
      connectedPeople: 1,
    });
  });

  test("can be found by a part of its name", async () => {
    const { ctx } = await anOrg(db);
    await createPolicy(ctx, policy("Contractors"));
    await createPolicy(ctx, policy("Staff 100%"));
    expect((await listPolicies(ctx, { text: "CONTR" })).map((item) => item.name)).toEqual(["Contractors"]);
    expect((await listPolicies(ctx, { text: "%" })).map((item) => item.name)).toEqual(["Staff 100%"]);
  });
});

describe("the order of a portal's policies", () => {
  test("follows attaching, moving and detaching, each on record", async () => {
    const { ctx, org } = await anOrg(db);
    const portal = await aPortal(db, org.id);
    const [a, b, c] = [await aPolicy(db, org.id, [everyone]), await aPolicy(db, org.id, [everyone]), await aPolicy(db, org.id, [everyone])];
    const at = (policyId: string) => ({ targetKind: "portal" as const, targetId: portal.id, policyId });
    for (const each of [a, b, c]) {
      expect(await recordedChange(ctx, () => attachPolicy(ctx, at(each.id)))).toMatchObject({ bumped: true, actions: ["policy.attached"] });
    }
    expect(await recordedChange(ctx, () => movePolicy(ctx, { ...at(c.id), direction: "up" }))).toMatchObject({ bumped: true, actions: ["policy.moved"] });
    expect(await orderOf(portal.id)).toEqual([a.id, c.id, b.id]);
    expect(await recordedChange(ctx, () => movePolicy(ctx, { ...at(a.id), direction: "up" }))).toMatchObject({ bumped: false, actions: [] });
    await movePolicy(ctx, { ...at(a.id), direction: "down" });
    expect((await loadPortalView(db, org.id, portal.id))?.policies.map((each) => each.id)).toEqual([c.id, a.id, b.id]);
    expect(await recordedChange(ctx, () => detachPolicy(ctx, at(a.id)))).toMatchObject({ bumped: true, actions: ["policy.detached"] });
    expect((await listAttached(ctx, { kind: "portal", id: portal.id })).map((each) => each.id)).toEqual([c.id, b.id]);
    expect((await listAttachable(ctx, { kind: "portal", id: portal.id })).map((each) => each.id)).toEqual([a.id]);
  });

  test("holds each policy once", async () => {
    const { ctx, org } = await anOrg(db);
    const [portal, rule] = [await aPortal(db, org.id), await aPolicy(db, org.id, [everyone])];
    const at = { targetKind: "portal" as const, targetId: portal.id, policyId: rule.id };
    await attachPolicy(ctx, at);
    await expect(attachPolicy(ctx, at)).rejects.toMatchObject({ code: "conflict", field: "policyId" });
  });

  test("does not know a policy that is not attached", async () => {
    const { ctx, org } = await anOrg(db);
    const [portal, rule] = [await aPortal(db, org.id), await aPolicy(db, org.id, [everyone])];
    const at = { targetKind: "portal" as const, targetId: portal.id, policyId: rule.id };
    await expect(detachPolicy(ctx, at)).rejects.toMatchObject({ code: "not_found" });
    await expect(movePolicy(ctx, { ...at, direction: "up" })).rejects.toMatchObject({ code: "not_found" });
  });
});

test("a server's own policies count once its access says so, and then deny by default", async () => {
  const { ctx, org } = await anOrg(db);
  const [portal, server] = [await aPortal(db, org.id), await aServer(db, org.id)];
  await anAssignment(db, org.id, portal.id, server.id);
  const policiesSeen = async () => (await loadPortalView(db, org.id, portal.id))?.servers[0]?.policies;
  expect(await policiesSeen()).toBeNull();
  const change = await recordedChange(ctx, () => setServerAccess(ctx, { serverId: server.id, access: "policies" }));
  expect(change).toMatchObject({ bumped: true, actions: ["server.access_changed"] });
  expect(await policiesSeen()).toEqual([]);
  expect(await recordedChange(ctx, () => setServerAccess(ctx, { serverId: server.id, access: "policies" }))).toMatchObject({ bumped: false });
});

describe("people at a domain, in one step", () => {
  test("makes the policy, attaches it, and uses it again elsewhere", async () => {
    const { ctx, org } = await anOrg(db);
    const [one, two] = [await aPortal(db, org.id), await aPortal(db, org.id)];
    const change = await recordedChange(ctx, () => admitDomain(ctx, { portalId: one.id, domain: "acme.test" }));
    expect(change).toMatchObject({ bumped: true, actions: ["policy.created", "policy.attached"] });
    await admitDomain(ctx, { portalId: two.id, domain: "acme.test" });
    expect((await listPolicies(ctx)).map((each) => each.portals.length)).toEqual([2]);
    await expect(admitDomain(ctx, { portalId: two.id, domain: "acme.test" })).rejects.toMatchObject({ code: "conflict" });
  });

  test("leaves nothing behind when the portal does not exist", async () => {
    const { ctx } = await anOrg(db);
    await expect(admitDomain(ctx, { portalId: newId("ptl"), domain: "acme.test" })).rejects.toMatchObject({ code: "not_found" });
    expect(await listPolicies(ctx)).toEqual([]);
  });

  test("says so when another policy has the name", async () => {
    const { ctx, org } = await anOrg(db);
    const portal = await aPortal(db, org.id);
    await createPolicy(ctx, policy("People at acme.test"));
    await expect(admitDomain(ctx, { portalId: portal.id, domain: "acme.test" })).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("who may", () => {
  test.each(["auditor", "member"] as const)("a person with the role %s changes no policy", async (role) => {
    const { org } = await anOrg(db);
    const ctx = contextOf(db, org, await aPerson(db), role);
    const at = { targetKind: "portal" as const, targetId: "ptl", policyId: "pol" };
    const attempts = [
      createPolicy(ctx, policy("x")),
      updatePolicy(ctx, { policyId: "pol", ...policy("x") }),
      deletePolicy(ctx, { policyId: "pol" }),
      attachPolicy(ctx, at),
      detachPolicy(ctx, at),
      movePolicy(ctx, { ...at, direction: "up" }),
      setServerAccess(ctx, { serverId: "srv", access: "portal" }),
      admitDomain(ctx, { portalId: "ptl", domain: "acme.test" }),
    ];
    const results = await Promise.allSettled(attempts);
    expect(results.map((result) => (result.status === "rejected" ? result.reason.code : "done"))).toEqual(attempts.map(() => "forbidden"));
  });

  test("another organization's ids are not found, and nothing there changes", async () => {
    const [{ ctx, org }, other] = [await anOrg(db), await anOrg(db)];
    const [portal, server, rule] = [await aPortal(db, other.org.id), await aServer(db, other.org.id), await aPolicy(db, other.org.id, [everyone])];
    const mine = await aPolicy(db, org.id, [everyone]);
    const myPortal = await aPortal(db, org.id);
    const attempts = [
      updatePolicy(ctx, { policyId: rule.id, ...policy("x") }),
      deletePolicy(ctx, { policyId: rule.id }),
      attachPolicy(ctx, { targetKind: "portal", targetId: portal.id, policyId: mine.id }),
      attachPolicy(ctx, { targetKind: "server", targetId: server.id, policyId: mine.id }),
      attachPolicy(ctx, { targetKind: "portal", targetId: myPortal.id, policyId: rule.id }),
      detachPolicy(ctx, { targetKind: "portal", targetId: portal.id, policyId: rule.id }),
      movePolicy(ctx, { targetKind: "server", targetId: server.id, policyId: rule.id, direction: "down" }),
      setServerAccess(ctx, { serverId: server.id, access: "policies" }),
      admitDomain(ctx, { portalId: portal.id, domain: "acme.test" }),
      getPolicy(ctx, rule.id),
      policyImpact(ctx, rule.id),
    ];
    const results = await Promise.allSettled(attempts);
    expect(results.map((result) => (result.status === "rejected" ? result.reason.code : "done"))).toEqual(attempts.map(() => "not_found"));
    expect(await db.select().from(portalPolicies).where(eq(portalPolicies.portalId, portal.id))).toEqual([]);
    expect(
      await db
        .select()
        .from(serverPolicies)
        .where(and(eq(serverPolicies.serverId, server.id))),
    ).toEqual([]);
    expect(await listAttached(ctx, { kind: "portal", id: portal.id })).toEqual([]);
    expect(await auditOf(other.ctx)).toEqual([]);
  });
});
