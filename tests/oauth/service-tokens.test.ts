import { and, asc, eq } from "drizzle-orm";
import * as oauth from "oauth4webapi";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, accessTokens, auditEvents, grants, refreshTokens, serviceTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { portalResource } from "@/lib/oauth/urls";
import { setPortalEnabled, setPortalLifetimes } from "@/lib/portals/commands";
import { createServiceToken, revokeServiceToken, rotateServiceToken } from "@/lib/service-tokens/commands";
import { testDatabase } from "../support/database";
import { aClient, aPortal } from "../support/factories";
import { aMachine, askedAt, basicOf } from "../support/machine";
import { findGrant } from "../support/live-grant";
import { aPortalFor, frontDoorFetch, postForm } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

async function aScene() {
  const scene = await aPortalFor(db);
  const made = await aMachine(scene.ctx, scene.portal);
  const send = (form: Record<string, string> = {}, headers: Record<string, string> = { authorization: basicOf(made) }) =>
    postForm(door, "/oauth/token", { grant_type: "client_credentials", resource: scene.resource, ...form }, headers);
  const at = (now: Date, secret = made.secret) => askedAt(scene.ctx, { id: made.id, secret }, { resource: scene.resource }, now);
  const later = (seconds: number) => new Date(scene.ctx.now.getTime() + seconds * 1_000);
  return { ...scene, made, send, at, later };
}

const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;
const eventsOf = (personId: string) => db.select().from(accessEvents).where(eq(accessEvents.personId, personId)).orderBy(asc(accessEvents.id));
const day = 86_400;

describe("a service token", () => {
  test("OA-31: is stored as a hash, its access token too, and nothing on record holds either (CR-05)", async () => {
    const { made, org, send } = await aScene();
    const { access_token } = (await (await send()).json()) as { access_token: string };
    expect(made.secret).toMatch(/^ghs_[A-Za-z0-9_-]{43}$/);
    const [row] = await db.select().from(serviceTokens).where(eq(serviceTokens.id, made.id));
    expect(row?.secretHash).toBe(hashToken(made.secret));
    const tables = [serviceTokens, grants, accessTokens, accessEvents, auditEvents].map((table) => db.select().from(table));
    const dump = JSON.stringify(await Promise.all(tables));
    expect(dump).toContain(org.id);
    for (const clear of [made.secret, access_token]) expect(dump).not.toContain(clear);
  });

  test.each([
    ["client_secret_basic", oauth.ClientSecretBasic],
    ["client_secret_post", oauth.ClientSecretPost],
  ] as const)("OA-31: oauth4webapi gets an access token with %s, and revokes it", async (method, authBy) => {
    const { made, resource, org, portal } = await aScene();
    const options = { [oauth.customFetch]: door, [oauth.allowInsecureRequests]: true } as const;
    const issuer = new URL("http://localhost:3000");
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" }));
    expect(server.grant_types_supported).toContain("client_credentials");
    expect(server.token_endpoint_auth_methods_supported).toContain(method);
    const [client, auth] = [{ client_id: made.id }, authBy(made.secret)];
    const tokens = await oauth.processClientCredentialsResponse(
      server,
      client,
      await oauth.clientCredentialsGrantRequest(server, client, auth, { resource, scope: "mcp" }, options),
    );
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3_600, scope: "mcp" });
    expect(tokens).not.toHaveProperty("refresh_token");
    const held = await findGrant(db, tokens.access_token, new Date());
    expect(held).toMatchObject({ personId: null, holderId: made.id, email: "Nightly report", orgId: org.id, portalId: portal.id, resource });
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, tokens.access_token, options));
    expect(await findGrant(db, tokens.access_token, new Date())).toBeNull();
  });

  test("gets no refresh token (RFC 6749 section 4.4.3), and its access tokens live as the portal says", async () => {
    const { ctx, portal, send, made } = await aScene();
    await setPortalLifetimes(ctx, { portalId: portal.id, accessTokenMinutes: 5, grantDays: 1 });
    const body = (await (await send({ scope: "mcp offline_access" })).json()) as object;
    expect(body).toEqual({ access_token: expect.stringMatching(/^gha_/), token_type: "Bearer", expires_in: 300, scope: "mcp" });
    const held = await db.select().from(refreshTokens).innerJoin(grants, eq(grants.id, refreshTokens.grantId)).where(eq(grants.serviceTokenId, made.id));
    expect(held).toEqual([]);
  });

  test("OA-31: expires, and no access token outlives it", async () => {
    const { at, later, made } = await aScene();
    const last = await at(later(90 * day - 60));
    expect(last.body.expires_in).toBe(60);
    expect(await at(later(90 * day))).toMatchObject({ status: 401, body: { error: "invalid_client", error_description: expect.stringContaining("expired") } });
    expect(await findGrant(db, last.body.access_token, later(90 * day + 1))).toBeNull();
    expect((await eventsOf(made.id)).at(-1)).toMatchObject({ kind: "token_refused", reason: "this service token has expired" });
  });

  test("OA-31: is bound to its portals: another of the organization, and another organization's, are no target", async () => {
    const { org, ctx, portal, made, send } = await aScene();
    const [second, third, theirs] = [await aPortal(db, org.id), await aPortal(db, org.id), await aPortalFor(db)];
    const resourceOf = ({ slug }: { slug: string }) => portalResource(org.slug, slug);
    const wide = await createServiceToken(ctx, { name: "Two portals", portalId: [portal.id, second.id], days: 1 });
    for (const resource of [resourceOf(second), theirs.resource, "http://localhost:3000/mcp/no/such", "https://evil.test/mcp/a/b", "x", ""]) {
      const response = await send({ resource });
      expect([response.status, await errorOf(response)]).toEqual([400, "invalid_target"]);
    }
    expect((await askedAt(ctx, wide, { resource: resourceOf(second) })).status).toBe(200);
    expect((await askedAt(ctx, wide, { resource: resourceOf(third) })).body.error).toBe("invalid_target");
    expect(await eventsOf(made.id)).toHaveLength(6);
  });

  test("rotates with an overlap: both secrets work, then only the new", async () => {
    const { ctx, made, at, later } = await aScene();
    const next = await rotateServiceToken({ ...ctx, now: later(10) }, { serviceTokenId: made.id, days: 90, overlap: 24 });
    expect(next).toMatchObject({ id: made.id, oldSecretUntil: later(10 + day), expiresAt: later(10 + 90 * day) });
    expect(next.secret).not.toBe(made.secret);
    for (const secret of [made.secret, next.secret]) expect((await at(later(day), secret)).status).toBe(200);
    expect(await at(later(day + 11), made.secret)).toMatchObject({ status: 401, body: { error_description: expect.stringContaining("replaced") } });
    expect((await at(later(day + 11), next.secret)).status).toBe(200);
  });

  test("rotates without one: the old secret and what it bought end at once", async () => {
    const { ctx, made, at, later } = await aScene();
    const bought = await at(later(1));
    const next = await rotateServiceToken({ ...ctx, now: later(2) }, { serviceTokenId: made.id, days: 30, overlap: 0 });
    expect(await findGrant(db, bought.body.access_token, later(3))).toBeNull();
    expect((await at(later(3), made.secret)).status).toBe(401);
    expect((await at(later(3), next.secret)).status).toBe(200);
    expect((await at(later(2 + 30 * day), next.secret)).status).toBe(401);
  });

  test("a second rotation ends the secret before the last one, whatever it was promised", async () => {
    const { ctx, made, at, later } = await aScene();
    const input = { serviceTokenId: made.id, days: 90, overlap: 168 };
    const second = await rotateServiceToken({ ...ctx, now: later(1) }, input);
    const third = await rotateServiceToken({ ...ctx, now: later(2) }, input);
    const statuses = [made, second, third].map(async ({ secret }) => (await at(later(3), secret)).status);
    expect(await Promise.all(statuses)).toEqual([401, 200, 200]);
  });

  test("OA-31: revoked, its secrets and its access tokens end at once, on record", async () => {
    const { ctx, made, at, later, portal } = await aScene();
    const { body } = await at(later(1));
    await rotateServiceToken({ ...ctx, now: later(2) }, { serviceTokenId: made.id, days: 90, overlap: 24 });
    await revokeServiceToken({ ...ctx, now: later(3) }, { serviceTokenId: made.id });
    expect(await findGrant(db, body.access_token, later(4))).toBeNull();
    expect(await at(later(4))).toMatchObject({ status: 401, body: { error: "invalid_client", error_description: expect.stringContaining("revoked") } });
    const events = await eventsOf(made.id);
    expect(events.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ["token_issued", "ok"],
      ["service_token_revoked", "ok"],
      ["token_refused", "refused"],
    ]);
    expect(events[1]).toMatchObject({ email: "Nightly report", portalId: portal.id, clientName: "Service token" });
    const changes = await db.select().from(auditEvents).where(eq(auditEvents.targetId, made.id)).orderBy(asc(auditEvents.id));
    expect(changes.map(({ action }) => action)).toEqual(["service_token.created", "service_token.rotated", "service_token.revoked"]);
  });

  test("of an issue and a revocation at once, no access token is left", async () => {
    const { ctx, made, at, later } = await aScene();
    const asked = Array.from({ length: 10 }, () => at(later(1)));
    const [answers] = await Promise.all([Promise.all(asked), revokeServiceToken({ ...ctx, now: later(1) }, { serviceTokenId: made.id })]);
    for (const { status, body } of answers) {
      if (status === 200) expect(await findGrant(db, body.access_token, later(2))).toBeNull();
    }
    const left = await db.select().from(accessTokens).innerJoin(grants, eq(grants.id, accessTokens.grantId)).where(eq(grants.serviceTokenId, made.id));
    expect(left).toEqual([]);
    expect((await at(later(2))).status).toBe(401);
  });

  test("is refused while its portal is off, and issued when it is on again", async () => {
    const { ctx, portal, send } = await aScene();
    await setPortalEnabled(ctx, { portalId: portal.id, enabled: false });
    expect(await errorOf(await send())).toBe("invalid_target");
    await setPortalEnabled(ctx, { portalId: portal.id, enabled: true });
    expect((await send()).status).toBe(200);
  });

  test("issues on record say which portal, from where, and by which grant", async () => {
    const { made, org, portal, send } = await aScene();
    await send();
    const [grant] = await db.select().from(grants).where(eq(grants.serviceTokenId, made.id));
    const [event, ...others] = await eventsOf(made.id);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ kind: "token_issued", outcome: "ok", orgId: org.id, email: "Nightly report", portalId: portal.id, correlationId: grant?.id });
    expect(grant?.lastUsedAt).not.toBeNull();
  });
});

describe("the token endpoint", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, Record<string, string>, number, string]>([
    ["no grant type",             { grant_type: "" },                                    400, "invalid_request"],
    ["a code",                    { grant_type: "authorization_code", code: "ghc_x" },   400, "unauthorized_client"],
    ["a refresh token",           { grant_type: "refresh_token", refresh_token: "ghr" }, 400, "unauthorized_client"],
    ["a password",                { grant_type: "password" },                            400, "unauthorized_client"],
    ["a wider scope",             { scope: "mcp admin" },                                400, "invalid_scope"],
    ["a secret in the form too",  { client_secret: "ghs_x" },                            400, "invalid_request"],
    ["another client in the form", { client_id: "svc_x" },                               400, "invalid_request"],
  ])("OA-31: refuses a service token with %s", async (_name, form, status, error) => {
    const { send } = await aScene();
    const response = await send(form);
    expect([response.status, await errorOf(response)]).toEqual([status, error]);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("OA-16: wants its secret: none, a wrong one and an unknown token are 401, with the challenge", async () => {
    const { made, send } = await aScene();
    const bad = { ...made, secret: `${made.secret}x` };
    const attempts: [Record<string, string>, Record<string, string>][] = [
      [{ client_id: made.id }, {}],
      [{ client_id: made.id, client_secret: bad.secret }, {}],
      [{}, { authorization: basicOf(bad) }],
      [{ client_id: made.id, client_secret: hashToken(made.secret) }, {}],
      [{}, { authorization: basicOf({ ...made, id: `${made.id.slice(0, -1)}!` }) }],
      [{}, { authorization: `Bearer ${made.secret}` }],
    ];
    for (const [form, headers] of attempts) {
      const response = await send(form, headers);
      expect([response.status, await errorOf(response)]).toEqual([401, "invalid_client"]);
      expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
    }
    const wrong = "the secret of this service token is wrong";
    expect((await eventsOf(made.id)).map(({ reason }) => reason)).toEqual(["a service token proves itself with its secret", wrong, wrong, wrong]);
  });

  test("OA-31: failed attempts are on record until there are too many from one network, which then has to wait; the right secret still works", async () => {
    const { ctx, resource, made } = await aScene();
    const wrong = { id: made.id, secret: "ghs_guess" };
    const statuses = [];
    for (let i = 0; i < limits.serviceTokenFailuresPerPrefix + 5; i++) statuses.push((await askedAt(ctx, wrong, { resource })).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(limits.serviceTokenFailuresPerPrefix);
    expect(await askedAt(ctx, wrong, { resource })).toMatchObject({ status: 429, headers: { "Retry-After": expect.stringMatching(/^[1-9]/) } });
    expect((await askedAt(ctx, wrong, { resource }, new Date(), "198.51.100.7")).status).toBe(401);
    expect((await askedAt(ctx, made, { resource })).status).toBe(200);
    const refused = await db
      .select()
      .from(accessEvents)
      .where(and(eq(accessEvents.personId, made.id), eq(accessEvents.kind, "token_refused")));
    expect(refused).toHaveLength(limits.serviceTokenFailuresPerPrefix + 1);
  });

  test.each(["none", "client_secret_basic"] as const)("OA-01: a client with %s may not use client_credentials: it acts for people", async (method) => {
    const { resource } = await aPortalFor(db);
    const secret = "ghk_a-secret";
    const client = await aClient(db, { tokenEndpointAuthMethod: method, secretHash: method === "none" ? null : hashToken(secret) });
    const proof: Record<string, string> = method === "none" ? {} : { authorization: basicOf({ id: client.id, secret }) };
    const form = { grant_type: "client_credentials", resource, ...(method === "none" && { client_id: client.id }) };
    const response = await postForm(door, "/oauth/token", form, proof);
    expect([response.status, await errorOf(response)]).toEqual([400, "unauthorized_client"]);
  });

  test("OA-31: another service token revokes nothing of it", async () => {
    const { ctx, portal, made, send } = await aScene();
    const { access_token } = (await (await send()).json()) as { access_token: string };
    const other = await aMachine(ctx, portal, "Another");
    expect((await postForm(door, "/oauth/revoke", { token: access_token }, { authorization: basicOf(other) })).status).toBe(200);
    expect(await findGrant(db, access_token, new Date())).not.toBeNull();
    expect((await postForm(door, "/oauth/revoke", { token: access_token }, { authorization: basicOf(made) })).status).toBe(200);
    expect(await findGrant(db, access_token, new Date())).toBeNull();
  });

  test("OA-31: the secret is no bearer token, and its id no client of the consent page", async () => {
    const { made, resource } = await aScene();
    expect(await findGrant(db, made.secret, new Date())).toBeNull();
    const query = new URLSearchParams({ response_type: "code", client_id: made.id, redirect_uri: "http://127.0.0.1/callback", resource });
    const response = await door(`http://localhost:3000/oauth/authorize?${query}`);
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
  });
});
