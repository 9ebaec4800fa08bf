import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { accessEvents, auditEvents, organizations } from "@/drizzle/schema";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { testDatabase } from "@/tests/support/database";
import { aGrant, anOrg, aPerson, aPortal, contextOf } from "@/tests/support/factories";
import { findGrant } from "@/tests/support/live-grant";
import { readBearer } from "./bearer";
import { listApps } from "./apps";
import { revokeOrgGrant, revokeOwnGrant, signOutOfPortal } from "./commands";
import { listGrantsOfPerson, revokeGrant, revokeGrantsOfPerson } from "./grants";
import { portalResource } from "./urls";

let db: Database;

beforeAll(async () => {
  db = await testDatabase();
});

const now = () => new Date();
const asPerson = (person: { id: string; email: string }): PersonContext => ({
  db,
  person: { id: person.id, email: person.email, name: "", emailVerified: true },
  sessionId: null,
  request: { ip: "", userAgent: "" },
  now: now(),
});

async function aScene() {
  const { org, ctx } = await anOrg(db);
  const portal = await aPortal(db, org.id);
  const person = await aPerson(db);
  const resource = portalResource(org.slug, portal.slug);
  return { org, ctx, portal, person, resource, ...(await aGrant(db, portal, person.id, resource)) };
}

const versionOf = async (orgId: string) => (await db.select().from(organizations).where(eq(organizations.id, orgId)))[0]?.accessVersion ?? 0;

test("a token finds its grant, in time and while it lives", async () => {
  const { token, grant, client, person, resource, org, portal } = await aScene();
  expect(await findGrant(db, token, now())).toMatchObject({
    grantId: grant.id,
    orgId: org.id,
    portalId: portal.id,
    resource,
    clientId: client.id,
    clientName: client.name,
    personId: person.id,
    email: person.email,
  });
  expect(await findGrant(db, `${token}x`, now())).toBeNull();
  expect(await findGrant(db, token, new Date(Date.now() + 3_601_000))).toBeNull();
});

test("a revoked grant is gone at once, once, on record, and caches learn of it", async () => {
  const { token, grant, org, person } = await aScene();
  const before = await versionOf(org.id);
  expect(await db.transaction((tx) => revokeGrant(tx, grant.id, "client", now()))).toBe(true);
  expect(await findGrant(db, token, now())).toBeNull();
  expect(await db.transaction((tx) => revokeGrant(tx, grant.id, "client", now()))).toBe(false);
  expect(await versionOf(org.id)).toBe(before + 1);
  const events = await db.select().from(accessEvents).where(eq(accessEvents.orgId, org.id));
  expect(events).toMatchObject([{ kind: "grant_revoked", reason: "client", personId: person.id, email: person.email }]);
});

test("a person's grants end in one organization and stay in another", async () => {
  const here = await aScene();
  const elsewhere = await aScene();
  const there = await aGrant(db, elsewhere.portal, here.person.id, elsewhere.resource);
  const ended = await db.transaction((tx) => revokeGrantsOfPerson(tx, { orgId: here.org.id, personId: here.person.id }, "blocked", now()));
  expect(ended).toBe(1);
  expect(await findGrant(db, here.token, now())).toBeNull();
  expect(await findGrant(db, there.token, now())).not.toBeNull();
});

test("OA-27: a person sees and ends their own grants, nobody else's", async () => {
  const mine = await aScene();
  const theirs = await aScene();
  const me = asPerson(mine.person);
  expect(await listGrantsOfPerson(db, mine.person.id)).toMatchObject([{ id: mine.grant.id, orgSlug: mine.org.slug, portalSlug: mine.portal.slug }]);
  await expect(revokeOwnGrant(me, { grantId: theirs.grant.id })).rejects.toMatchObject({ code: "not_found" });
  await revokeOwnGrant(me, { grantId: mine.grant.id });
  expect(await listGrantsOfPerson(db, mine.person.id)).toEqual([]);
  expect(await findGrant(db, theirs.token, now())).not.toBeNull();
});

test("signing out of a portal ends all of its apps, and only there", async () => {
  const { portal, person, resource, org } = await aScene();
  const second = await aGrant(db, portal, person.id, resource);
  const other = await aPortal(db, org.id);
  const elsewhere = await aGrant(db, other, person.id, portalResource(org.slug, other.slug));
  expect(await signOutOfPortal(asPerson(person), { portalId: portal.id })).toBe(2);
  expect(await findGrant(db, second.token, now())).toBeNull();
  expect(await findGrant(db, elsewhere.token, now())).not.toBeNull();
});

test("OA-27: an admin sees and ends the organization's grants, with an audit event, and no other's", async () => {
  const mine = await aScene();
  const theirs = await aScene();
  expect((await listApps(mine.ctx)).rows.map((row) => row.id)).toEqual([mine.grant.id]);
  expect((await listApps(mine.ctx, { portalId: theirs.portal.id })).rows).toEqual([]);
  await expect(revokeOrgGrant(mine.ctx, { grantId: theirs.grant.id })).rejects.toMatchObject({ code: "not_found" });
  await revokeOrgGrant(mine.ctx, { grantId: mine.grant.id });
  await expect(revokeOrgGrant(mine.ctx, { grantId: mine.grant.id })).rejects.toMatchObject({ code: "not_found" });
  const audit = await db.select().from(auditEvents).where(eq(auditEvents.orgId, mine.org.id));
  expect(audit).toMatchObject([{ action: "grant.revoked", targetId: mine.grant.id }]);
});

test.each(["auditor", "member"] as const)("an %s ends nobody's grant", async (role) => {
  const { org, grant, person } = await aScene();
  const ctx = contextOf(db, org, person, role);
  await expect(revokeOrgGrant(ctx, { grantId: grant.id })).rejects.toMatchObject({ code: "forbidden" });
});

// biome-ignore format: a table reads best as a table
test.each<[string | null | undefined, string]>([
  [null, "none"], [undefined, "none"], ["", "none"], ["  ", "none"],
  ["Bearer gha_abc-123_x", "token"], ["bearer gha_x", "token"], ["BEARER  gha_x ", "token"],
  ["Bearer", "malformed"], ["Bearer ", "malformed"], ["Bearer a b", "malformed"], ["Bearer a,b", "malformed"], ["Basic YTpi", "malformed"],
  ["gha_x", "malformed"], ["Bearer gha_\u0000", "malformed"], [`Bearer ${"x".repeat(600)}`, "malformed"],
])("the header %j is %s", (header, kind) => {
  expect(readBearer(header).kind).toBe(kind);
});
