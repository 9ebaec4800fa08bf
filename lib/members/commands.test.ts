import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditEvents, grants, members, organizations } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { findGrant } from "@/tests/support/live-grant";
import { leaveOrganization } from "@/lib/orgs/commands";
import { loadPerson, loadPersonByEmail } from "@/lib/portals/view";
import { testDatabase } from "@/tests/support/database";
import { aGrant, aMember, anOrg, aPerson, aPortal, contextOf } from "@/tests/support/factories";
import { blockPerson, changeRole, inviteMember, removeMember, revokeInvitation, unblockPerson } from "./commands";
import { getMember, listBlocks, listInvitations, listMembers } from "./queries";

const db = await testDatabase();
type Org = Awaited<ReturnType<typeof anOrg>>;

async function join(org: Org["org"], role: "owner" | "admin" | "auditor" | "member", email?: string) {
  const person = await aPerson(db, email ? { email } : {});
  await aMember(db, org.id, person.id, role);
  return { person, ctx: contextOf(db, org, person, role) };
}
const version = async (ctx: OrgContext) => (await db.select().from(organizations).where(eq(organizations.id, ctx.org.id)))[0]?.accessVersion ?? 0;
const owners = async (ctx: OrgContext) => (await listMembers(ctx)).rows.filter((row) => row.role === "owner").length;
const settled = async (...work: Promise<unknown>[]) => (await Promise.allSettled(work)).map((one) => (one.status === "fulfilled" ? "done" : one.reason.code));

describe("a role", () => {
  test("is changed on record, and counts as a change of rights", async () => {
    const { ctx, org } = await anOrg(db);
    const { person } = await join(org, "member");
    const before = await version(ctx);
    await changeRole(ctx, { personId: person.id, role: "auditor" });
    expect((await getMember(ctx, person.id)).role).toBe("auditor");
    expect(await version(ctx)).toBe(before + 1);
    const [event] = await db.select().from(auditEvents).where(eq(auditEvents.targetId, person.id));
    expect(event).toMatchObject({ action: "member.role_changed", targetName: person.email, before: { role: "member" }, after: { role: "auditor" } });
  });

  test("of owner is given and taken by owners only", async () => {
    const { ctx, org, owner } = await anOrg(db);
    const [admin, member] = await Promise.all([join(org, "admin"), join(org, "member")]);
    await expect(changeRole(admin.ctx, { personId: member.person.id, role: "owner" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(changeRole(admin.ctx, { personId: admin.person.id, role: "owner" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(changeRole(admin.ctx, { personId: owner.id, role: "member" })).rejects.toMatchObject({ code: "forbidden" });
    await changeRole(ctx, { personId: member.person.id, role: "owner" });
    expect(await owners(ctx)).toBe(2);
  });

  test("of the last owner stays", async () => {
    const { ctx, owner } = await anOrg(db);
    await expect(changeRole(ctx, { personId: owner.id, role: "admin" })).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("owner") });
  });
});

describe("the last owner is protected when two owners", () => {
  const twoOwners = async () => {
    const first = await anOrg(db);
    return { ...first, second: await join(first.org, "owner") };
  };

  test("step down at once", async () => {
    const { ctx, owner, second, org } = await twoOwners();
    const step = (who: OrgContext) => changeRole(who, { personId: who.actor.personId, role: "member" });
    expect((await settled(step(ctx), step(second.ctx))).sort()).toEqual(["conflict", "done"]);
    expect((await db.select().from(members).where(eq(members.orgId, org.id))).map((row) => row.role).sort()).toEqual(["member", "owner"]);
    expect(owner.id).not.toBe(second.person.id);
  });

  test("unmake each other at once", async () => {
    const { ctx, owner, second } = await twoOwners();
    const outcome = await settled(
      changeRole(ctx, { personId: second.person.id, role: "member" }),
      changeRole(second.ctx, { personId: owner.id, role: "member" }),
    );
    expect(outcome.sort()).toEqual(["done", "forbidden"]);
    expect(await owners(ctx)).toBe(1);
  });

  test("remove each other at once", async () => {
    const { ctx, owner, second } = await twoOwners();
    const outcome = await settled(removeMember(ctx, { personId: second.person.id }), removeMember(second.ctx, { personId: owner.id }));
    expect(outcome.sort()).toEqual(["done", "forbidden"]);
    expect(await owners(ctx)).toBe(1);
  });

  test("leave at once", async () => {
    const { ctx, second } = await twoOwners();
    expect((await settled(leaveOrganization(ctx), leaveOrganization(second.ctx))).sort()).toEqual(["conflict", "done"]);
    expect(await owners(ctx)).toBe(1);
  });
});

describe("a removed member", () => {
  test("loses role and grants at once, in this organization only", async () => {
    const [{ ctx, org }, elsewhere] = await Promise.all([anOrg(db), anOrg(db)]);
    const { person } = await join(org, "member");
    const here = await aGrant(db, await aPortal(db, org.id), person.id, "http://localhost:3000/mcp/a/b");
    const there = await aGrant(db, await aPortal(db, elsewhere.org.id), person.id, "http://localhost:3000/mcp/c/d");
    const before = await version(ctx);
    expect(await removeMember(ctx, { personId: person.id })).toEqual({ email: person.email, grantsEnded: 1 });
    expect(await findGrant(db, here.token, new Date())).toBeNull();
    expect(await findGrant(db, there.token, new Date())).not.toBeNull();
    expect(await version(ctx)).toBeGreaterThan(before);
    await expect(getMember(ctx, person.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("who is an owner is removed by owners only", async () => {
    const { org, owner } = await anOrg(db);
    const admin = await join(org, "admin");
    await expect(removeMember(admin.ctx, { personId: owner.id })).rejects.toMatchObject({ code: "forbidden" });
  });

  test("is never oneself", async () => {
    const { ctx, owner } = await anOrg(db);
    await expect(removeMember(ctx, { personId: owner.id })).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("leave") });
  });
});

describe("a blocked person", () => {
  test("loses grants, membership and invitations, and no policy lets them in", async () => {
    const { ctx, org } = await anOrg(db);
    const { person } = await join(org, "admin");
    const { token, grant } = await aGrant(db, await aPortal(db, org.id), person.id, "http://localhost:3000/mcp/a/b");
    const before = await version(ctx);
    expect(await blockPerson(ctx, { email: person.email, reason: "left" })).toEqual({ email: person.email, grantsEnded: 1 });
    expect(await findGrant(db, token, new Date())).toBeNull();
    expect((await db.select().from(grants).where(eq(grants.id, grant.id)))[0]?.revokedReason).toBe("blocked");
    expect(await loadPerson(db, org.id, person.id)).toMatchObject({ blocked: true });
    await expect(getMember(ctx, person.id)).rejects.toMatchObject({ code: "not_found" });
    expect(await version(ctx)).toBeGreaterThan(before);
    const [event] = await db.select().from(auditEvents).where(eq(auditEvents.targetName, person.email));
    expect(event).toMatchObject({ action: "person.blocked", before: { role: "admin" }, after: { reason: "left", grantsEnded: 1 } });
  });

  test("may have no account yet, and is not invited", async () => {
    const { ctx, org } = await anOrg(db);
    await blockPerson(ctx, { email: "later@acme.test", reason: "" });
    expect(await loadPersonByEmail(db, org.id, "later@acme.test")).toMatchObject({ blocked: true });
    await expect(inviteMember(ctx, { email: "later@acme.test", role: "member" })).rejects.toMatchObject({ code: "conflict", field: "email" });
  });

  test("is never oneself, an owner, or blocked twice", async () => {
    const { ctx, org, owner } = await anOrg(db);
    const admin = await join(org, "admin");
    await expect(blockPerson(ctx, { email: owner.email, reason: "" })).rejects.toMatchObject({ code: "conflict", field: "email" });
    await expect(blockPerson(admin.ctx, { email: owner.email, reason: "" })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("owner"),
    });
    await blockPerson(ctx, { email: "eve@x.test", reason: "" });
    await expect(blockPerson(ctx, { email: "eve@x.test", reason: "" })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("already"),
    });
  });

  test("is let in by the policies again once unblocked", async () => {
    const { ctx, org } = await anOrg(db);
    await blockPerson(ctx, { email: "eve@x.test", reason: "" });
    const blockId = (await listBlocks(ctx)).rows[0]?.id ?? "";
    expect(await unblockPerson(ctx, { blockId })).toEqual({ email: "eve@x.test" });
    expect(await loadPersonByEmail(db, org.id, "eve@x.test")).toMatchObject({ blocked: false });
    await expect(unblockPerson(ctx, { blockId })).rejects.toMatchObject({ code: "not_found" });
  });

  test("of one organization is welcome in another", async () => {
    const [{ ctx }, other] = await Promise.all([anOrg(db), anOrg(db)]);
    await blockPerson(ctx, { email: "eve@x.test", reason: "" });
    expect(await loadPersonByEmail(db, other.org.id, "eve@x.test")).toMatchObject({ blocked: false });
  });
});

test("the list of members tells role, proof, grants and when they were last seen, and can be filtered", async () => {
  const { ctx, org, owner } = await anOrg(db);
  const { person } = await join(org, "auditor", "zoe_100%@acme.test");
  await aGrant(db, await aPortal(db, org.id), person.id, "http://localhost:3000/mcp/a/b");
  const all = await listMembers(ctx);
  expect(all.total).toBe(2);
  expect(all.rows.find((row) => row.personId === person.id)).toMatchObject({ role: "auditor", emailVerified: true, grants: 1, lastSeenAt: null });
  expect(all.rows.find((row) => row.personId === owner.id)).toMatchObject({ role: "owner", grants: 0 });
  expect((await listMembers(ctx, { q: "100%" })).rows.map((row) => row.personId)).toEqual([person.id]);
  expect((await listMembers(ctx, { q: "a\0n_a" })).total).toBe(0);
  expect((await listMembers(ctx, { page: Number.NaN })).page).toBe(1);
  expect((await listMembers(ctx, { page: 2 })).rows).toEqual([]);
});

test("another organization's people are not found, whatever is tried", async () => {
  const [{ ctx }, other] = await Promise.all([anOrg(db), anOrg(db)]);
  const { person } = await join(other.org, "member");
  const invited = await inviteMember(other.ctx, { email: "new@acme.test", role: "member" });
  await blockPerson(other.ctx, { email: "eve@x.test", reason: "" });
  const blockId = (await listBlocks(other.ctx)).rows[0]?.id ?? "";
  const tries = [
    () => getMember(ctx, person.id),
    () => changeRole(ctx, { personId: person.id, role: "admin" }),
    () => removeMember(ctx, { personId: person.id }),
    () => revokeInvitation(ctx, { invitationId: invited.id }),
    () => unblockPerson(ctx, { blockId }),
  ];
  for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
  expect([(await listMembers(ctx)).total, (await listInvitations(ctx)).total, (await listBlocks(ctx)).total]).toEqual([1, 0, 0]);
  expect([(await listMembers(other.ctx)).total, (await listInvitations(other.ctx)).total, (await listBlocks(other.ctx)).total]).toEqual([2, 1, 1]);
});

test.each(["auditor", "member"] as const)("every command refuses an %s", async (role) => {
  const { ctx, org } = await anOrg(db);
  const [{ person }, asking] = await Promise.all([join(org, "member"), join(org, role)]);
  const invited = await inviteMember(ctx, { email: "new@acme.test", role: "member" });
  await blockPerson(ctx, { email: "eve@x.test", reason: "" });
  const blockId = (await listBlocks(ctx)).rows[0]?.id ?? "";
  const tries = [
    () => changeRole(asking.ctx, { personId: person.id, role: "admin" }),
    () => changeRole(asking.ctx, { personId: asking.person.id, role: "owner" }),
    () => removeMember(asking.ctx, { personId: person.id }),
    () => inviteMember(asking.ctx, { email: "friend@x.test", role: "member" }),
    () => revokeInvitation(asking.ctx, { invitationId: invited.id }),
    () => blockPerson(asking.ctx, { email: person.email, reason: "" }),
    () => unblockPerson(asking.ctx, { blockId }),
  ];
  for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: "forbidden" });
  const reads = [() => listMembers(asking.ctx), () => listInvitations(asking.ctx), () => listBlocks(asking.ctx), () => getMember(asking.ctx, person.id)];
  for (const read of reads) await (role === "auditor" ? expect(read()).resolves.toBeDefined() : expect(read()).rejects.toMatchObject({ code: "forbidden" }));
});
