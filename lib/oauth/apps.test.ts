import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { accessEvents, auditEvents } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { testDatabase } from "@/tests/support/database";
import { aClient, aGrant, anOrg, aPerson, aPortal, contextOf } from "@/tests/support/factories";
import { appFacets, countApps, listApps } from "./apps";
import { findGrant } from "@/tests/support/live-grant";
import { signOutClient, signOutPerson } from "./commands";

let db: Database;

beforeAll(async () => {
  db = await testDatabase();
});

/** Two people, two portals, three apps: Ana has Claude in both portals, Bo has Cursor in the first. */
async function aScene() {
  const { org, ctx } = await anOrg(db);
  const [first, second] = [await aPortal(db, org.id, { name: "First" }), await aPortal(db, org.id, { name: "Second" })];
  const [ana, bo] = [await aPerson(db), await aPerson(db)];
  const [claude, cursor] = [await aClient(db, { name: "Claude" }), await aClient(db, { name: "Cursor" })];
  const claudeToo = await aClient(db, { name: "Claude" });
  const apps = [
    await aGrant(db, first, ana.id, "r1", { clientId: claude.id, serversOff: ["srv_1"] }),
    await aGrant(db, second, ana.id, "r2", { clientId: claudeToo.id }),
    await aGrant(db, first, bo.id, "r1", { clientId: cursor.id }),
  ] as const;
  return { org, ctx, first, second, ana, bo, apps };
}

const ids = async (list: ReturnType<typeof listApps>) => (await list).rows.map((row) => row.id).sort();

test("OA-27: an admin sees everyone's live apps, whole and by person, portal and name", async () => {
  const { ctx, first, ana, bo, apps } = await aScene();
  const [one, two, three] = apps.map(({ grant }) => grant.id);
  expect(await ids(listApps(ctx))).toEqual([one, two, three]);
  expect(await ids(listApps(ctx, { personId: ana.id }))).toEqual([one, two]);
  expect(await ids(listApps(ctx, { q: bo.email.toUpperCase() }))).toEqual([three]);
  expect(await ids(listApps(ctx, { portalId: first.id }))).toEqual([one, three]);
  expect(await ids(listApps(ctx, { client: "Claude", portalId: first.id }))).toEqual([one]);
  expect(await ids(listApps(ctx, { client: "Clau" }))).toEqual([]);
  expect((await listApps(ctx, { personId: ana.id, portalId: first.id })).rows[0]).toMatchObject({
    email: ana.email,
    clientName: "Claude",
    redirectHost: "127.0.0.1",
    mark: { kind: "registered" },
    portalName: "First",
    serversOff: 1,
  });
  expect(await appFacets(ctx)).toMatchObject({ portals: [{ name: "First" }, { name: "Second" }], clients: ["Claude", "Cursor"] });
  expect(await countApps(ctx, { personId: ana.id })).toEqual({ apps: 2, people: 1, portals: 2, email: ana.email });
  expect(await countApps(ctx, { client: "Claude" })).toMatchObject({ apps: 2, people: 1, portals: 2 });
});

test("an app whose time is over, or that was signed out, is not in the list", async () => {
  const { ctx, first, ana } = await aScene();
  const before = (await listApps(ctx)).total;
  await aGrant(db, first, ana.id, "r", { expiresAt: new Date(Date.now() - 60_000) });
  await aGrant(db, first, ana.id, "r", { revokedAt: new Date() });
  expect((await listApps(ctx)).total).toBe(before);
});

// biome-ignore format: a table reads best as a table
test.each<["dcr" | "cimd", string | undefined, string, object]>([
  ["dcr",  undefined,                            "https://claude.ai/api/mcp/auth_callback", { kind: "registered" }],
  ["cimd", "https://app.vendor.test/client.json", "https://app.vendor.test/callback",       { kind: "verified", host: "app.vendor.test" }],
  ["cimd", "https://cli.vendor.test/client.json", "http://127.0.0.1:5000/callback",         { kind: "described", host: "cli.vendor.test" }],
])("a %s client %s that returns to %s is marked for what is proven", async (kind, id, redirectUri, mark) => {
  const { ctx, first } = await aScene();
  const client = await aClient(db, { kind, ...(id ? { id } : {}) });
  const person = await aPerson(db);
  await aGrant(db, first, person.id, "r", { clientId: client.id, redirectUri });
  expect((await listApps(ctx, { personId: person.id })).rows).toMatchObject([{ mark }]);
});

test("signing a person out ends all their apps here, at once and on record, and nobody else's", async () => {
  const { ctx, org, ana, apps } = await aScene();
  const elsewhere = await aScene();
  const there = await aGrant(db, elsewhere.first, ana.id, "r");
  expect(await signOutPerson(ctx, { personId: ana.id })).toBe(2);
  expect(await Promise.all(apps.map(({ token }) => findGrant(db, token, new Date())))).toMatchObject([null, null, { grantId: apps[2].grant.id }]);
  expect(await findGrant(db, there.token, new Date())).not.toBeNull();
  expect(await db.select().from(auditEvents).where(eq(auditEvents.orgId, org.id))).toMatchObject([
    { action: "person.signed_out", targetName: ana.email, after: { appsEnded: 2 } },
  ]);
  const events = await db.select().from(accessEvents).where(eq(accessEvents.orgId, org.id));
  expect(events.map(({ kind, reason, email }) => [kind, reason, email])).toEqual(Array(2).fill(["grant_revoked", "admin", ana.email]));
  await expect(signOutPerson(ctx, { personId: ana.id })).rejects.toMatchObject({ code: "not_found" });
});

test("signing a client out ends everyone's apps of that name here, and no other organization's", async () => {
  const { ctx, org, apps } = await aScene();
  const elsewhere = await aScene();
  expect(await signOutClient(ctx, { client: "Claude" })).toBe(2);
  expect(await Promise.all(apps.map(({ token }) => findGrant(db, token, new Date())))).toMatchObject([null, null, { clientName: "Cursor" }]);
  expect((await listApps(elsewhere.ctx)).total).toBe(3);
  expect(await db.select().from(auditEvents).where(eq(auditEvents.orgId, org.id))).toMatchObject([{ action: "client.signed_out", targetName: "Claude" }]);
  await expect(signOutClient(ctx, { client: "Claude" })).rejects.toMatchObject({ code: "not_found" });
});

test("an auditor sees the apps and ends none", async () => {
  const { org, ana } = await aScene();
  const auditor = contextOf(db, org, ana, "auditor");
  expect((await listApps(auditor)).total).toBe(3);
  await expect(signOutPerson(auditor, { personId: ana.id })).rejects.toMatchObject({ code: "forbidden" });
  await expect(signOutClient(auditor, { client: "Claude" })).rejects.toMatchObject({ code: "forbidden" });
});
