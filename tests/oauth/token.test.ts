import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, accessTokens, codes, grants, people, policies, portals, refreshTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { answerToken } from "@/lib/oauth/token";
import { testDatabase } from "../support/database";
import { aClient } from "../support/factories";
import { findGrant } from "../support/live-grant";
import { aCode, aPair, frontDoorFetch, type Pair, postForm } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

const post = (form: Record<string, string>, headers: Record<string, string> = {}) => postForm(door, "/oauth/token", form, headers);
const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;
const refreshForm = (clientId: string, token: string) => ({ grant_type: "refresh_token", refresh_token: token, client_id: clientId });
const kinds = async (orgId: string) =>
  (await db.select({ kind: accessEvents.kind }).from(accessEvents).where(eq(accessEvents.orgId, orgId))).map((row) => row.kind);

/** The same request at another moment. */
async function postAt(form: Record<string, string>, now: Date) {
  const body = new URLSearchParams(form).toString();
  return answerToken(db, { contentType: "application/x-www-form-urlencoded", authorization: null, body, ip: "203.0.113.9", userAgent: "" }, now);
}
const later = (seconds: number) => new Date(Date.now() + seconds * 1_000);

describe("a code", () => {
  test("buys one pair; the answer is not stored anywhere", async () => {
    const { form } = await aCode(db, door);
    const response = await post(form);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const pair = (await response.json()) as Pair;
    expect(pair).toMatchObject({ token_type: "Bearer", expires_in: 3600, scope: "mcp" });
    expect(pair.access_token).toMatch(/^gha_/);
    expect(pair.refresh_token).toMatch(/^ghr_/);
  });

  test("CR-05: a dump of the tables holds no code and no token", async () => {
    const { form, pair } = await aPair(db, door);
    const dump = JSON.stringify(
      await Promise.all([db.select().from(codes), db.select().from(grants), db.select().from(accessTokens), db.select().from(refreshTokens)]),
    );
    for (const secret of [form.code, pair.access_token, pair.refresh_token]) expect(dump).not.toContain(secret);
  });

  // biome-ignore format: a table reads best as a table
  test.each<[string, Record<string, string>, string, number]>([
    ["OA-03 no verifier",            { code_verifier: "" },                                   "invalid_grant", 400],
    ["OA-03 a malformed verifier",   { code_verifier: "short" },                              "invalid_grant", 400],
    ["OA-03 a wrong verifier",       { code_verifier: "w".repeat(43) },                       "invalid_grant", 400],
    ["OA-05 another redirect URI",   { redirect_uri: "http://127.0.0.1:1/callback" },         "invalid_grant", 400],
    ["OA-05 no redirect URI",        { redirect_uri: "" },                                    "invalid_grant", 400],
    ["OA-10 another resource",       { resource: "http://localhost:3000/mcp/other/portal" },  "invalid_target", 400],
    ["OA-12 a wider scope",          { scope: "mcp admin" },                                  "invalid_scope", 400],
    ["OA-01 a password grant",       { grant_type: "password" },                              "unsupported_grant_type", 400],
    ["OA-01 client credentials",     { grant_type: "client_credentials" },                    "unauthorized_client", 400],
    ["no grant type",                { grant_type: "" },                                      "invalid_request", 400],
    ["no code",                      { code: "" },                                            "invalid_request", 400],
    ["an unknown code",              { code: "ghc_nothing" },                                 "invalid_grant", 400],
    ["OA-16 no client",              { client_id: "" },                                       "invalid_client", 401],
    ["OA-16 an unknown client",      { client_id: "cli_nobody" },                             "invalid_client", 401],
    ["OA-16 a secret",               { client_secret: "s" },                                  "invalid_client", 401],
    ["a NUL in the code",            { code: "ghc_\0" },                                      "invalid_request", 400],
    ["a NUL in the client",          { client_id: "cli_\0" },                                 "invalid_request", 400],
  ])("is not bought with %s, and stays good", async (_name, otherwise, error, status) => {
    const { form } = await aCode(db, door);
    const response = await post({ ...form, ...otherwise });
    expect([response.status, await errorOf(response)]).toEqual([status, error]);
    expect((await post(form)).status).toBe(200);
  });

  test("may be bought with its own resource, with or without a slash", async () => {
    const { form, resource } = await aCode(db, door);
    expect((await post({ ...form, resource: `${resource}/` })).status).toBe(200);
  });

  test("OA-05: another client does not burn it", async () => {
    const { form } = await aCode(db, door);
    const other = await aClient(db);
    expect(await errorOf(await post({ ...form, client_id: other.id }))).toBe("invalid_grant");
    expect((await post(form)).status).toBe(200);
  });

  test("OA-05: five failures burn it", async () => {
    const { form } = await aCode(db, door);
    for (let i = 0; i < 5; i++) await post({ ...form, code_verifier: "w".repeat(43) });
    expect(await errorOf(await post(form))).toBe("invalid_grant");
  });

  test("OA-04: a minute later it is worth nothing", async () => {
    const { form } = await aCode(db, door);
    expect((await postAt(form, later(61))).body).toMatchObject({ error: "invalid_grant" });
  });

  test("OA-04: bought twice, everything bought with it ends", async () => {
    const { form, pair, client, org } = await aPair(db, door);
    expect(await errorOf(await post(form))).toBe("invalid_grant");
    expect(await findGrant(db, pair.access_token, new Date())).toBeNull();
    expect(await errorOf(await post(refreshForm(client.id, pair.refresh_token)))).toBe("invalid_grant");
    expect(await kinds(org.id)).toEqual(expect.arrayContaining(["code_replay", "grant_revoked"]));
  });

  test("OA-04: of fifty at once one succeeds", async () => {
    const { form } = await aCode(db, door);
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await post(form)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 400)).toHaveLength(49);
  });
});

describe("a refresh token", () => {
  test("OA-14: rotates, and the old access token works on until it expires", async () => {
    const { client, pair } = await aPair(db, door);
    const fresh = (await (await post(refreshForm(client.id, pair.refresh_token))).json()) as Pair;
    expect(fresh.refresh_token).not.toBe(pair.refresh_token);
    expect(await findGrant(db, fresh.access_token, new Date())).not.toBeNull();
    expect(await findGrant(db, pair.access_token, new Date())).not.toBeNull();
    expect(await findGrant(db, pair.access_token, later(3_601))).toBeNull();
  });

  test("OA-15: of fifty at once each gets a working pair, and a replay afterwards ends the family", async () => {
    const { client, pair, org } = await aPair(db, door);
    const pairs = await Promise.all(Array.from({ length: 50 }, async () => (await (await post(refreshForm(client.id, pair.refresh_token))).json()) as Pair));
    expect(new Set(pairs.map((one) => one.refresh_token)).size).toBe(50);
    const found = await Promise.all(pairs.map((one) => findGrant(db, one.access_token, new Date())));
    expect(new Set(found.map((grant) => grant?.grantId)).size).toBe(1);
    expect(found).not.toContain(null);
    expect((await postAt(refreshForm(client.id, pair.refresh_token), later(31))).body).toMatchObject({ error: "invalid_grant" });
    expect(await Promise.all(pairs.map((one) => findGrant(db, one.access_token, new Date())))).toEqual(Array(50).fill(null));
    expect(await kinds(org.id)).toEqual(expect.arrayContaining(["refresh_replay", "grant_revoked"]));
    expect((await post(refreshForm(client.id, pairs[0]?.refresh_token ?? ""))).status).toBe(400);
  });

  test("OA-15: a retry whose answer was lost gets in within the grace time", async () => {
    const { client, pair } = await aPair(db, door);
    await post(refreshForm(client.id, pair.refresh_token));
    expect((await postAt(refreshForm(client.id, pair.refresh_token), later(25))).status).toBe(200);
  });

  // biome-ignore format: a table reads best as a table
  test.each<[string, Record<string, string>, string, number]>([
    ["OA-10 another resource",   { resource: "http://localhost:3000/mcp/other/portal" }, "invalid_target", 400],
    ["OA-12 a wider scope",      { scope: "mcp everything" },                            "invalid_scope", 400],
    ["OA-16 an unknown client",  { client_id: "cli_nobody" },                            "invalid_client", 401],
    ["no token",                 { refresh_token: "" },                                  "invalid_request", 400],
    ["an access token",          { refresh_token: "gha_x" },                             "invalid_grant", 400],
  ])("is refused with %s, and stays good", async (_name, otherwise, error, status) => {
    const { client, pair } = await aPair(db, door);
    const form = refreshForm(client.id, pair.refresh_token);
    const response = await post({ ...form, ...otherwise });
    expect([response.status, await errorOf(response)]).toEqual([status, error]);
    expect((await post(form)).status).toBe(200);
  });

  test("OA-16: another client cannot use it, nor spend it", async () => {
    const { client, pair } = await aPair(db, door);
    const other = await aClient(db);
    expect(await errorOf(await post(refreshForm(other.id, pair.refresh_token)))).toBe("invalid_grant");
    expect((await postAt(refreshForm(client.id, pair.refresh_token), later(60))).status).toBe(200);
  });

  test("OA-14: unused for fourteen days it is worth nothing; a family ends after thirty days whatever happens", async () => {
    const day = 86_400;
    const idle = await aPair(db, door);
    expect((await postAt(refreshForm(idle.client.id, idle.pair.refresh_token), later(14 * day + 1))).body).toMatchObject({ error: "invalid_grant" });
    const busy = await aPair(db, door);
    let token = busy.pair.refresh_token;
    for (const days of [10, 20, 29]) {
      const answer = await postAt(refreshForm(busy.client.id, token), later(days * day));
      expect(answer.status).toBe(200);
      token = (answer.body as Pair).refresh_token;
    }
    expect((await postAt(refreshForm(busy.client.id, token), later(30 * day + 1))).body).toMatchObject({ error: "invalid_grant" });
  });

  test.each<[string, (scene: Awaited<ReturnType<typeof aPair>>) => Promise<unknown>]>([
    ["the policy no longer admits the person", ({ policy }) => db.update(policies).set({ include: [] }).where(eq(policies.id, policy.id))],
    ["the portal is switched off", ({ portal }) => db.update(portals).set({ enabled: false }).where(eq(portals.id, portal.id))],
    ["the address is no longer confirmed", ({ person }) => db.update(people).set({ emailVerifiedAt: null }).where(eq(people.id, person.id))],
  ])("OA-29: is refused when %s, and works again when it does", async (_name, change) => {
    const scene = await aPair(db, door);
    await change(scene);
    expect(await errorOf(await post(refreshForm(scene.client.id, scene.pair.refresh_token)))).toBe("invalid_grant");
    const refused = await db
      .select()
      .from(accessEvents)
      .where(and(eq(accessEvents.orgId, scene.org.id), eq(accessEvents.kind, "token_refused")));
    expect(refused).toHaveLength(1);
    await db
      .update(policies)
      .set({ include: [{ kind: "everyone" }] })
      .where(eq(policies.id, scene.policy.id));
    await db.update(portals).set({ enabled: true }).where(eq(portals.id, scene.portal.id));
    await db.update(people).set({ emailVerifiedAt: new Date() }).where(eq(people.id, scene.person.id));
    expect((await post(refreshForm(scene.client.id, scene.pair.refresh_token))).status).toBe(200);
  });

  test("OA-29: ends with the portal", async () => {
    const { client, pair, portal } = await aPair(db, door);
    await db.delete(portals).where(eq(portals.id, portal.id));
    expect(await errorOf(await post(refreshForm(client.id, pair.refresh_token)))).toBe("invalid_grant");
    expect(await findGrant(db, pair.access_token, new Date())).toBeNull();
  });
});

describe("revocation (OA-17)", () => {
  const revoke = (form: Record<string, string>) => postForm(door, "/oauth/revoke", form);

  test("a refresh token ends the grant", async () => {
    const { client, pair, org } = await aPair(db, door);
    expect((await revoke({ token: pair.refresh_token, client_id: client.id })).status).toBe(200);
    expect(await findGrant(db, pair.access_token, new Date())).toBeNull();
    expect(await kinds(org.id)).toContain("grant_revoked");
  });

  test("an access token ends alone", async () => {
    const { client, pair } = await aPair(db, door);
    expect((await revoke({ token: pair.access_token, client_id: client.id, token_type_hint: "refresh_token" })).status).toBe(200);
    expect(await findGrant(db, pair.access_token, new Date())).toBeNull();
    expect((await post(refreshForm(client.id, pair.refresh_token))).status).toBe(200);
  });

  test("another client's token stays, and the answer does not tell", async () => {
    const { pair } = await aPair(db, door);
    const other = await aClient(db);
    for (const token of [pair.access_token, pair.refresh_token]) expect((await revoke({ token, client_id: other.id })).status).toBe(200);
    expect(await findGrant(db, pair.access_token, new Date())).not.toBeNull();
  });

  test("an unknown token is 200, no token 400, no client 401", async () => {
    const { client } = await aPair(db, door);
    expect((await revoke({ token: "x", client_id: client.id })).status).toBe(200);
    expect((await revoke({ client_id: client.id })).status).toBe(400);
    expect((await revoke({ token: "x" })).status).toBe(401);
  });
});
