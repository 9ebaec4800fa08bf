import { eq } from "drizzle-orm";
import { afterAll, expect, test } from "vitest";
import { auditEvents, connections, people, servers, upstreamClients } from "@/drizzle/schema";
import { createServer } from "@/lib/servers/commands";
import { createServerSchema } from "@/lib/servers/schema";
import { metadataOf, serverPath, startAuthorizationFixture } from "@/tests/support/authorization-fixture";
import { testDatabase } from "@/tests/support/database";
import { aMember, anOrg, aPerson, aPortal, aServer, anAssignment, contextOf } from "@/tests/support/factories";
import { discoverServerOAuth, dropUpstreamClient, setAssignmentAccount, setServerOAuth, setUpstreamClient, startSharedConnection } from "./commands";
import { getServerOAuth } from "./queries";
import { revocationsOf } from "./revocations";
import { setServerOAuthSchema } from "./schema";
import { connectionStore } from "./store";

const db = await testDatabase();
const fixture = await startAuthorizationFixture();
afterAll(() => fixture.close());
const nothing = async () => {};
const byHand = {
  issuer: fixture.base,
  authorizationEndpoint: `${fixture.base}/a`,
  tokenEndpoint: `${fixture.base}/token`,
  revocationEndpoint: `${fixture.base}/revoke`,
};
const discovered = { issuer: "", authorizationEndpoint: "", tokenEndpoint: "", revocationEndpoint: "" };

async function aScene() {
  const { org, ctx, owner } = await anOrg(db);
  const server = await aServer(db, org.id, { url: fixture.serverUrl, auth: "oauth" });
  const auditor = await aPerson(db);
  await aMember(db, org.id, auditor.id, "auditor");
  const settings = (more: object) => setServerOAuth(ctx, { serverId: server.id, scopes: [], allowUnannouncedS256: false, ...discovered, ...more });
  const client = (clientId: string, clientSecret: string, authentication: "auto" | "none" = "auto") =>
    setUpstreamClient(ctx, { serverId: server.id, issuer: fixture.base, clientId, clientSecret, authentication });
  const connected = async (personId: string | null = owner.id) => {
    const ref = { orgId: org.id, serverId: server.id, personId };
    const terms = { issuer: fixture.base, clientId: "us", authentication: "none" as const, grant: "code" as const, resource: server.url, requestedScopes: [] };
    const ends = { tokenEndpoint: `${fixture.base}/token`, revocationEndpoint: `${fixture.base}/revoke`, stepUps: { count: 0, since: new Date() } };
    const tokens = { accessToken: "access", refreshToken: "to-revoke", obtainedAt: new Date(), expiresAt: null, grantedScopes: [], state: "active" as const };
    await connectionStore(db, ref, server.url, { kind: "connect", record: nothing }).saveCredential({ ...terms, ...ends, ...tokens });
  };
  const left = async () => (await db.select().from(connections).where(eq(connections.serverId, server.id))).length;
  return { org, ctx, server, settings, client, connected, left, auditor: contextOf(db, org, auditor, "auditor") };
}

test("scopes may change under connected accounts; other endpoints end them, and say so on record", async () => {
  const scene = await aScene();
  await scene.connected();
  expect(await scene.settings({ scopes: ["read"] })).toEqual({ dropped: 0 });
  expect(await scene.settings({ scopes: ["read"], ...byHand })).toEqual({ dropped: 1 });
  expect(await scene.left()).toBe(0);
  expect(await getServerOAuth(scene.ctx, scene.server.id)).toMatchObject({ settings: { scopes: ["read"], manual: byHand }, client: null, shared: null });
  const events = await db.select().from(auditEvents).where(eq(auditEvents.orgId, scene.org.id));
  expect(events.at(-1)).toMatchObject({ action: "server.oauth_set", after: { connectionsDropped: 1, scopes: ["read"] } });
});

test("a client's secret can be replaced, kept by leaving it empty, and never read; another client ends the connections", async () => {
  const scene = await aScene();
  await scene.client("ours", "first-secret");
  await scene.connected();
  expect(await scene.client("ours", "")).toEqual({ dropped: 0 });
  expect(await scene.client("ours", "second-secret")).toEqual({ dropped: 0 });
  expect(JSON.stringify(await getServerOAuth(scene.ctx, scene.server.id))).not.toContain('secret":"s');
  await expect(scene.client("ours", "", "none")).rejects.toMatchObject({ code: "invalid", field: "clientSecret" });
  expect(await scene.client("theirs", "")).toEqual({ dropped: 1 });
  expect(await getServerOAuth(scene.ctx, scene.server.id)).toMatchObject({ client: { clientId: "theirs", origin: "admin", issuer: fixture.base } });
  await dropUpstreamClient(scene.ctx, { serverId: scene.server.id });
  expect(await db.select().from(upstreamClients).where(eq(upstreamClients.serverId, scene.server.id))).toEqual([]);
  const record = JSON.stringify(await db.select().from(auditEvents).where(eq(auditEvents.orgId, scene.org.id)));
  expect(record).not.toMatch(/first-secret|second-secret/);
});

test("what discovery finds is the same by address and by server, or the reason", async () => {
  const scene = await aScene();
  const found = { kind: "found", issuer: fixture.base, authorizationEndpoint: `${fixture.base}/authorize`, registration: "automatic", scopes: ["read"] };
  expect(await discoverServerOAuth(scene.ctx, { url: fixture.serverUrl })).toMatchObject(found);
  expect(await discoverServerOAuth(scene.ctx, { serverId: scene.server.id })).toMatchObject(found);
  fixture.documents[serverPath] = { body: metadataOf(fixture.base, { registration_endpoint: undefined }) };
  expect(await discoverServerOAuth(scene.ctx, { url: fixture.serverUrl })).toMatchObject({ registration: "by_hand" });
  fixture.documents[serverPath] = { body: metadataOf(fixture.base, { issuer: "https://other.test" }) };
  expect(await discoverServerOAuth(scene.ctx, { url: fixture.serverUrl })).toMatchObject({ kind: "failed", detail: expect.stringContaining("other.test") });
  fixture.documents[serverPath] = { body: metadataOf(fixture.base) };
});

test("only who manages servers may do any of it", async () => {
  const { auditor, server } = await aScene();
  const of = { serverId: server.id };
  const portal = await aPortal(db, server.orgId);
  await anAssignment(db, server.orgId, portal.id, server.id);
  for (const attempt of [
    () => setServerOAuth(auditor, { ...of, scopes: [], allowUnannouncedS256: false, ...discovered }),
    () => setUpstreamClient(auditor, { ...of, issuer: fixture.base, clientId: "x", clientSecret: "", authentication: "auto" }),
    () => dropUpstreamClient(auditor, of),
    () => discoverServerOAuth(auditor, of),
    () => startSharedConnection(auditor, of, "ses"),
    () => setAssignmentAccount(auditor, { ...of, portalId: portal.id, account: "personal" }),
  ])
    await expect(attempt()).rejects.toMatchObject({ code: "forbidden" });
});

test("what goes with a server or a person is revoked at the provider afterwards", async () => {
  const scene = await aScene();
  await connectionStore(db, { orgId: scene.org.id, serverId: scene.server.id, personId: null }, scene.server.url, null).saveClient({
    ...{ issuer: fixture.base, clientId: "us", origin: "registration", authentication: "none", secret: null },
    ...{ redirectUri: "http://localhost:3000/oauth/upstream/callback", secretExpiresAt: null },
  });
  await scene.connected();
  fixture.answers["/revoke"] = () => ({ status: 200 });
  const revoke = await revocationsOf(db, { orgId: scene.org.id, serverId: scene.server.id });
  await db.delete(connections).where(eq(connections.serverId, scene.server.id));
  await db.delete(upstreamClients).where(eq(upstreamClients.serverId, scene.server.id));
  const before = fixture.posted.length;
  await revoke();
  expect(fixture.posted.slice(before)).toMatchObject([{ path: "/revoke", fields: { token: "to-revoke" } }]);
});

test("what a person connected anywhere is revoked when their account goes, and nobody else's", async () => {
  const person = await aPerson(db);
  const scenes = [await aScene(), await aScene()];
  for (const { org, server, connected } of scenes) {
    await connectionStore(db, { orgId: org.id, serverId: server.id, personId: null }, server.url, null).saveClient({
      ...{ issuer: fixture.base, clientId: "us", origin: "registration", authentication: "none", secret: null },
      ...{ redirectUri: "http://localhost:3000/oauth/upstream/callback", secretExpiresAt: null },
    });
    await connected();
    await connected(person.id);
  }
  fixture.answers["/revoke"] = () => ({ status: 200 });
  const revoke = await revocationsOf(db, { personId: person.id });
  await db.delete(people).where(eq(people.id, person.id));
  const before = fixture.posted.length;
  await revoke();
  expect(fixture.posted.slice(before)).toHaveLength(2);
  for (const { left } of scenes) expect(await left()).toBe(1);
});

test("a server is added with its scopes and the client that was registered by hand, or not at all", async () => {
  const { org, ctx } = await anOrg(db);
  const form = { name: "Tracker", slug: "tracker", auth: "oauth", scopes: "read write", clientId: "by-hand", clientSecret: "s3cret-of-ours" };
  const unreachable = createServerSchema.parse({ ...form, url: "http://127.0.0.1:9/mcp" });
  await expect(createServer(ctx, unreachable)).rejects.toMatchObject({ code: "invalid", field: "clientId" });
  expect(await db.$count(servers, eq(servers.orgId, org.id))).toBe(0);
  const { id } = await createServer(ctx, createServerSchema.parse({ ...form, url: fixture.serverUrl }));
  expect(await getServerOAuth(ctx, id)).toMatchObject({
    settings: { scopes: ["read", "write"] },
    client: { issuer: fixture.base, clientId: "by-hand", origin: "admin" },
  });
  const record = JSON.stringify(await db.select().from(auditEvents).where(eq(auditEvents.orgId, org.id)));
  expect(record).toContain("by-hand");
  expect(record + JSON.stringify(await db.select().from(upstreamClients))).not.toContain("s3cret-of-ours");
  // Another kind of authentication has none of it.
  expect(createServerSchema.parse({ ...form, url: fixture.serverUrl, auth: "none" })).toMatchObject({ scopes: [], clientId: "", clientSecret: "" });
  expect(createServerSchema.safeParse({ ...form, url: fixture.serverUrl, clientId: "" }).success).toBe(false);
});

test("endpoints by hand come together or not at all, and scopes are words", () => {
  const form = { serverId: "srv_00000000000000000000000000" };
  expect(setServerOAuthSchema.parse({ ...form, scopes: " read  write read " })).toMatchObject({ scopes: ["read", "write"], allowUnannouncedS256: false });
  expect(setServerOAuthSchema.safeParse({ ...form, issuer: "https://auth.test" }).success).toBe(false);
  expect(setServerOAuthSchema.safeParse({ ...form, ...byHand, tokenEndpoint: "javascript:alert(1)" }).success).toBe(false);
  expect(setServerOAuthSchema.safeParse({ ...form, scopes: 'a"b' }).success).toBe(false);
  expect(setServerOAuthSchema.safeParse({ ...form, orgId: "org_1" }).success).toBe(false);
});
