import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditEvents, groupPeople, organizations } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { loadPersonByEmail } from "@/lib/portals/view";
import { testDatabase } from "@/tests/support/database";
import { aMember, anOrg, aPerson, aPolicy, contextOf } from "@/tests/support/factories";
import { addPeople, createGroup, deleteGroup, removePerson, renameGroup } from "./commands";
import { getGroup, listGroupOptions, listGroupPeople, listGroups } from "./queries";

const db = await testDatabase();
const aGroup = (ctx: OrgContext, name = "Engineers", emails = "") => createGroup(ctx, { name, description: "", emails });
const version = async (ctx: OrgContext) => (await db.select().from(organizations).where(eq(organizations.id, ctx.org.id)))[0]?.accessVersion ?? 0;
const actions = async (ctx: OrgContext) =>
  (await db.select().from(auditEvents).where(eq(auditEvents.orgId, ctx.org.id)).orderBy(auditEvents.id)).map((event) => event.action);

describe("a group", () => {
  test("is created with its people, who are in it from then on", async () => {
    const { ctx } = await anOrg(db);
    const before = await version(ctx);
    const { id } = await aGroup(ctx, "Engineers", "ana@acme.test, bob@acme.test");
    expect((await loadPersonByEmail(db, ctx.org.id, "ana@acme.test")).groups).toEqual([id]);
    expect(await version(ctx)).toBe(before + 1);
    expect(await actions(ctx)).toEqual(["group.created"]);
    expect((await listGroups(ctx)).rows).toMatchObject([{ id, name: "Engineers", people: 2 }]);
  });

  test("with an address that is none is not created", async () => {
    const { ctx } = await anOrg(db);
    await expect(aGroup(ctx, "Engineers", "ana@acme.test bob")).rejects.toMatchObject({ code: "invalid", field: "emails" });
    expect((await listGroups(ctx)).total).toBe(0);
  });

  test("has a name of its own within the organization, not beyond", async () => {
    const [{ ctx }, other] = await Promise.all([anOrg(db), anOrg(db)]);
    await aGroup(ctx, "Ops");
    await expect(aGroup(ctx, "Ops")).rejects.toMatchObject({ code: "conflict", field: "name" });
    await aGroup(other.ctx, "Ops");
    const { id } = await aGroup(ctx, "Dev");
    await expect(renameGroup(ctx, { groupId: id, name: "Ops", description: "" })).rejects.toMatchObject({ code: "conflict", field: "name" });
  });

  test("is renamed on record, before and after", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await aGroup(ctx, "Ops");
    await renameGroup(ctx, { groupId: id, name: "Operators", description: "on call" });
    expect(await getGroup(ctx, id)).toMatchObject({ name: "Operators", description: "on call" });
    const [event] = await db.select().from(auditEvents).where(eq(auditEvents.action, "group.renamed"));
    expect(event).toMatchObject({ before: { name: "Ops" }, after: { name: "Operators" } });
  });

  test("that a policy mentions is not deleted, and the refusal names the policies", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await aGroup(ctx);
    await aPolicy(db, ctx.org.id, [{ kind: "everyone" }], { name: "Not them", exclude: [{ kind: "group", groupId: id }] });
    await aPolicy(db, ctx.org.id, [{ kind: "group", groupId: id }], { name: "Only them" });
    await expect(deleteGroup(ctx, { groupId: id })).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("`Not them`, `Only them`") });
    expect((await getGroup(ctx, id)).policies.map((policy) => policy.name)).toEqual(["Not them", "Only them"]);
  });

  test("that no policy mentions is deleted with its people", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await aGroup(ctx, "Engineers", "ana@acme.test");
    await deleteGroup(ctx, { groupId: id });
    await expect(getGroup(ctx, id)).rejects.toMatchObject({ code: "not_found" });
    expect(await db.select().from(groupPeople).where(eq(groupPeople.groupId, id))).toEqual([]);
    expect((await loadPersonByEmail(db, ctx.org.id, "ana@acme.test")).groups).toEqual([]);
  });
});

describe("people of a group", () => {
  test("are added once each, and what is no address is given back", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await aGroup(ctx, "Engineers", "ana@acme.test");
    const result = await addPeople(ctx, { groupId: id, emails: "ana@acme.test BOB@acme.test\nbob@acme.test nonsense" });
    expect(result).toEqual({ added: 1, already: 1, bad: ["nonsense"] });
    expect((await listGroupPeople(ctx, id)).rows.map((person) => person.email)).toEqual(["ana@acme.test", "bob@acme.test"]);
  });

  test("of whom none is an address are refused", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await aGroup(ctx);
    await expect(addPeople(ctx, { groupId: id, emails: "one two" })).rejects.toMatchObject({ code: "invalid", field: "emails" });
  });

  test("added at the same time by two admins are all there", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await aGroup(ctx);
    await Promise.all(["a@x.test b@x.test", "b@x.test c@x.test"].map((emails) => addPeople(ctx, { groupId: id, emails })));
    expect((await listGroupPeople(ctx, id)).total).toBe(3);
  });

  test("are removed one by one; a stranger to the group is not found", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await aGroup(ctx, "Engineers", "ana@acme.test");
    await removePerson(ctx, { groupId: id, email: "ana@acme.test" });
    expect((await loadPersonByEmail(db, ctx.org.id, "ana@acme.test")).groups).toEqual([]);
    await expect(removePerson(ctx, { groupId: id, email: "ana@acme.test" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("show whether their address is proven, and can be filtered", async () => {
    const { ctx } = await anOrg(db);
    const known = await aPerson(db, { name: "Zoë" });
    const unproven = await aPerson(db, { emailVerifiedAt: null });
    const { id } = await aGroup(ctx, "Engineers", `${known.email} ${unproven.email} nobody@x.test`);
    const rows = (await listGroupPeople(ctx, id)).rows;
    expect(rows.filter((row) => row.verified)).toEqual([{ email: known.email, name: "Zoë", verified: true }]);
    expect((await listGroupPeople(ctx, id, { q: "NOBODY" })).rows.map((row) => row.email)).toEqual(["nobody@x.test"]);
    expect((await listGroupPeople(ctx, id, { q: "%" })).total).toBe(0);
  });
});

test("another organization's group is not found, whatever is tried", async () => {
  const [{ ctx }, other] = await Promise.all([anOrg(db), anOrg(db)]);
  const { id } = await aGroup(other.ctx, "Theirs", "ana@acme.test");
  const tries = [
    () => getGroup(ctx, id),
    () => listGroupPeople(ctx, id),
    () => renameGroup(ctx, { groupId: id, name: "Mine", description: "" }),
    () => deleteGroup(ctx, { groupId: id }),
    () => addPeople(ctx, { groupId: id, emails: "eve@x.test" }),
    () => removePerson(ctx, { groupId: id, email: "ana@acme.test" }),
  ];
  for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
  expect((await listGroups(ctx)).total).toBe(0);
  expect(await listGroupOptions(ctx)).toEqual([]);
  expect((await listGroupPeople(other.ctx, id)).total).toBe(1);
});

test.each(["auditor", "member"] as const)("every command refuses an %s", async (role) => {
  const { ctx, org } = await anOrg(db);
  const { id } = await aGroup(ctx, "Engineers", "ana@acme.test");
  const person = await aPerson(db);
  await aMember(db, org.id, person.id, role);
  const theirs = contextOf(db, org, person, role);
  const tries = [
    () => createGroup(theirs, { name: "Mine", description: "", emails: "" }),
    () => renameGroup(theirs, { groupId: id, name: "Mine", description: "" }),
    () => deleteGroup(theirs, { groupId: id }),
    () => addPeople(theirs, { groupId: id, emails: "eve@x.test" }),
    () => removePerson(theirs, { groupId: id, email: "ana@acme.test" }),
  ];
  for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: "forbidden" });
  if (role === "member") await expect(listGroups(theirs)).rejects.toMatchObject({ code: "forbidden" });
  else expect((await listGroups(theirs)).total).toBe(1);
});

test("an admin who was demoted a moment ago is refused, whatever their page still says", async () => {
  const { ctx, org } = await anOrg(db);
  const person = await aPerson(db);
  await aMember(db, org.id, person.id, "auditor");
  await expect(aGroup(contextOf(db, org, person, "admin"))).rejects.toMatchObject({ code: "forbidden" });
  expect((await listGroups(ctx)).total).toBe(0);
});
