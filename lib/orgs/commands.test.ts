import { eq, getTableColumns, is } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { createGroup } from "@/lib/groups/commands";
import { findGrant } from "@/tests/support/live-grant";
import { hashPassword } from "@/lib/people/password";
import { testDatabase } from "@/tests/support/database";
import { aCapability, aGrant, aMember, anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal, contextOf } from "@/tests/support/factories";
import { createOrganization, deleteOrganization, leaveOrganization, renameOrganization, setRetention } from "./commands";
import { getOrganization, listMyOrganizations, organizationImpact, slugAvailability } from "./queries";

const db = await testDatabase();
const { auditEvents, accessEvents, members, organizations, people } = schema;
let counter = 0;
const aSlug = () => `made-${counter++}`;

async function signedIn(more: Partial<typeof people.$inferInsert> = {}): Promise<PersonContext> {
  const { id, email, name, emailVerifiedAt } = await aPerson(db, more);
  const request = { ip: "127.0.0.1", userAgent: "test" };
  return { db, person: { id, email, name, emailVerified: emailVerifiedAt !== null }, sessionId: null, request, now: new Date() };
}
const changes = (ctx: OrgContext) => db.select().from(auditEvents).where(eq(auditEvents.orgId, ctx.org.id));

describe("a new organization", () => {
  test("belongs to its creator, on record", async () => {
    const person = await signedIn();
    const { id, slug } = await createOrganization(person, { name: "Acme", slug: aSlug() });
    expect(await listMyOrganizations(person)).toEqual([{ id, slug, name: "Acme", role: "owner" }]);
    const events = await db.select().from(auditEvents).where(eq(auditEvents.orgId, id));
    expect(events).toMatchObject([{ action: "organization.created", actorEmail: person.person.email, after: { name: "Acme", slug } }]);
  });

  test("needs a proven address", async () => {
    const person = await signedIn({ emailVerifiedAt: null });
    await expect(createOrganization(person, { name: "Acme", slug: aSlug() })).rejects.toMatchObject({ code: "forbidden" });
    expect(await listMyOrganizations(person)).toEqual([]);
  });

  test("with a slug in use is refused beside the field, and so is one of two at once", async () => {
    const person = await signedIn();
    const slug = aSlug();
    const outcome = await Promise.allSettled([createOrganization(person, { name: "A", slug }), createOrganization(person, { name: "B", slug })]);
    expect(outcome.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(createOrganization(person, { name: "C", slug })).rejects.toMatchObject({ code: "conflict", field: "slug" });
    expect(await listMyOrganizations(person)).toHaveLength(1);
  });
});

test("a slug is available, taken, reserved or malformed, and says which", async () => {
  const { org } = await anOrg(db);
  expect(await slugAvailability(db, aSlug())).toEqual({ available: true });
  expect(await slugAvailability(db, org.slug.toUpperCase())).toEqual({ available: false, reason: "is taken" });
  expect(await slugAvailability(db, "admin")).toEqual({ available: false, reason: "is a reserved word" });
  expect(await slugAvailability(db, "a\0/")).toMatchObject({ available: false });
});

describe("settings", () => {
  test("name and retention change on record, before and after; a repeated save is none", async () => {
    const { ctx } = await anOrg(db);
    for (let twice = 0; twice < 2; twice++) {
      await renameOrganization(ctx, { name: "Acme Two" });
      await setRetention(ctx, { retentionDays: 30 });
    }
    expect(await getOrganization(ctx)).toMatchObject({ name: "Acme Two", retentionDays: 30 });
    const events = await changes(ctx);
    expect(events).toHaveLength(2);
    expect(events.find((event) => event.action === "organization.renamed")).toMatchObject({ before: { name: "Acme" }, after: { name: "Acme Two" } });
    expect(events.find((event) => event.action === "organization.retention_changed")).toMatchObject({
      before: { retentionDays: 90 },
      after: { retentionDays: 30 },
    });
  });

  test.each(["auditor", "member"] as const)("refuse an %s", async (role) => {
    const { org, ctx } = await anOrg(db);
    const person = await aPerson(db);
    await aMember(db, org.id, person.id, role);
    const theirs = contextOf(db, org, person, role);
    await expect(renameOrganization(theirs, { name: "Mine" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(setRetention(theirs, { retentionDays: 7 })).rejects.toMatchObject({ code: "forbidden" });
    await expect(deleteOrganization(theirs, { slug: org.slug, password: "x" })).rejects.toMatchObject({ code: "forbidden" });
    if (role === "member") await expect(organizationImpact(theirs)).rejects.toMatchObject({ code: "forbidden" });
    expect(await getOrganization(ctx)).toMatchObject({ name: "Acme", retentionDays: 90 });
  });
});

describe("leaving", () => {
  test("is open to every role but the last owner, and ends the person's grants", async () => {
    const { org, ctx } = await anOrg(db);
    const person = await aPerson(db);
    await aMember(db, org.id, person.id, "member");
    const { token } = await aGrant(db, await aPortal(db, org.id), person.id, "http://localhost:3000/mcp/a/b");
    await leaveOrganization(contextOf(db, org, person, "member"));
    expect(await findGrant(db, token, new Date())).toBeNull();
    expect(await changes(ctx)).toMatchObject([{ action: "member.left", targetName: person.email }]);
    await expect(leaveOrganization(ctx)).rejects.toMatchObject({ code: "conflict" });
    await expect(leaveOrganization(contextOf(db, org, person, "member"))).rejects.toMatchObject({ code: "forbidden" });
    expect(await db.select().from(members).where(eq(members.orgId, org.id))).toHaveLength(1);
  });
});

describe("deleting an organization", () => {
  const password = "correct horse battery";
  async function aFullOrg() {
    const made = await anOrg(db);
    await db
      .update(people)
      .set({ passwordHash: await hashPassword(password) })
      .where(eq(people.id, made.owner.id));
    const { id } = made.org;
    const [server, portal] = [await aServer(db, id), await aPortal(db, id)];
    const tool = await aCapability(db, id, server.id, "tool", "echo");
    await anAssignment(db, id, portal.id, server.id, [tool]);
    const policy = await aPolicy(db, id, [{ kind: "everyone" }]);
    await attachToPortal(db, id, portal.id, policy.id);
    await db.insert(schema.serverPolicies).values({ orgId: id, serverId: server.id, policyId: policy.id, position: 0 });
    await createGroup(made.ctx, { name: "Team", description: "", emails: "ana@acme.test" });
    const { token } = await aGrant(db, portal, made.owner.id, "http://localhost:3000/mcp/a/b");
    return { ...made, token };
  }

  test("leaves no row of it in any table and ends every token; its owners keep an event", async () => {
    const [{ ctx, org, owner, token }, other] = [await aFullOrg(), await aFullOrg()];
    expect(await organizationImpact(ctx)).toMatchObject({ servers: 1, portals: 1, policies: 1, groups: 1, members: 1, connectedPeople: 1, calls: 0 });
    await deleteOrganization(ctx, { slug: org.slug, password });
    const owned = Object.values(schema).flatMap((table) => {
      if (!is(table, PgTable)) return [];
      const { orgId: column } = getTableColumns<PgTable>(table);
      return column ? [{ table, column }] : [];
    });
    expect(owned.length).toBeGreaterThan(15);
    for (const { table, column } of owned) expect(await db.select().from(table).where(eq(column, org.id))).toEqual([]);
    expect(await db.select().from(organizations).where(eq(organizations.id, org.id))).toEqual([]);
    expect(await findGrant(db, token, new Date())).toBeNull();
    const events = await db.select().from(accessEvents).where(eq(accessEvents.personId, owner.id));
    expect(events).toMatchObject([{ kind: "organization_deleted", orgId: null, email: owner.email, detail: { slug: org.slug } }]);
    expect(await organizationImpact(other.ctx)).toMatchObject({ servers: 1, portals: 1, connectedPeople: 1 });
    expect(await findGrant(db, other.token, new Date())).not.toBeNull();
  });

  test("asks for the slug and the password, and stops who guesses", async () => {
    const { ctx, org } = await aFullOrg();
    await expect(deleteOrganization(ctx, { slug: "acme", password })).rejects.toMatchObject({ code: "invalid", field: "slug" });
    for (let guess = 0; guess < 5; guess++) {
      await expect(deleteOrganization(ctx, { slug: org.slug, password: `guess ${guess}` })).rejects.toMatchObject({ code: "invalid", field: "password" });
    }
    await expect(deleteOrganization(ctx, { slug: org.slug, password })).rejects.toMatchObject({ code: "limit" });
    expect((await getOrganization(ctx)).slug).toBe(org.slug);
  });

  test("is for owners, also when an admin knows everything", async () => {
    const { org } = await aFullOrg();
    const admin = await aPerson(db, { passwordHash: await hashPassword(password) });
    await aMember(db, org.id, admin.id, "admin");
    await expect(deleteOrganization(contextOf(db, org, admin, "admin"), { slug: org.slug, password })).rejects.toMatchObject({ code: "forbidden" });
  });
});
