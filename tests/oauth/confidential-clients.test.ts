import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, clients } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { testDatabase } from "../support/database";
import { aClient } from "../support/factories";
import { findGrant } from "../support/live-grant";
import { aCode, frontDoorFetch, type Pair, postForm } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

const secret = "ghk_a-secret_of_this_client";
const basic = (id: string, clear = secret) => ({ authorization: `Basic ${Buffer.from(`${id}:${clear}`).toString("base64")}` });
const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;

/** A code of a client that has a secret, and how that client redeems it. */
async function aSecretCode(method: "client_secret_basic" | "client_secret_post") {
  const scene = await aCode(db, door, { tokenEndpointAuthMethod: method, secretHash: hashToken(secret) });
  const { client_id: id, ...form } = scene.form;
  const proof: { form: Record<string, string>; headers: Record<string, string> } =
    method === "client_secret_basic" ? { form: {}, headers: basic(id) } : { form: { client_id: id, client_secret: secret }, headers: {} };
  const send = (path: string, more: Record<string, string>, headers: Record<string, string> = proof.headers) =>
    postForm(door, path, { ...more, ...proof.form }, headers);
  return { ...scene, id, form, send };
}

describe("a registration that asks for a secret", () => {
  const register = (token_endpoint_auth_method: unknown) =>
    door("http://localhost:3000/oauth/register", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: ["https://app.test/cb"], token_endpoint_auth_method }),
    });

  test.each(["client_secret_basic", "client_secret_post"])("gets one for %s, shown once and stored as a hash", async (method) => {
    const response = await register(method);
    expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const body = (await response.json()) as { client_id: string; client_secret: string };
    expect(body).toMatchObject({ token_endpoint_auth_method: method, client_secret: expect.stringMatching(/^ghk_.{43}$/), client_secret_expires_at: 0 });
    const [row] = await db.select().from(clients).where(eq(clients.id, body.client_id));
    expect(row).toMatchObject({ tokenEndpointAuthMethod: method, secretHash: hashToken(body.client_secret) });
    expect(JSON.stringify(row)).not.toContain(body.client_secret);
  });

  test.each([undefined, null, "none"])("none is made for %s", async (method) => {
    const body = (await (await register(method)).json()) as Record<string, unknown>;
    expect(body.token_endpoint_auth_method).toBe("none");
    expect(body).not.toHaveProperty("client_secret");
    expect(body).not.toHaveProperty("client_secret_expires_at");
  });
});

describe.each(["client_secret_basic", "client_secret_post"] as const)("a client that registered %s", (method) => {
  test("buys, refreshes and revokes with its secret", async () => {
    const { form, send } = await aSecretCode(method);
    const bought = await send("/oauth/token", form);
    expect(bought.status).toBe(200);
    const first = (await bought.json()) as Pair;
    const refreshed = await send("/oauth/token", { grant_type: "refresh_token", refresh_token: first.refresh_token });
    expect(refreshed.status).toBe(200);
    const fresh = (await refreshed.json()) as Pair;
    expect(fresh.refresh_token).not.toBe(first.refresh_token);
    expect((await send("/oauth/revoke", { token: fresh.refresh_token })).status).toBe(200);
    expect(await findGrant(db, fresh.access_token, new Date())).toBeNull();
  });

  // biome-ignore format: a table reads best as a table
  const attempts: [string, (id: string) => [Record<string, string>, Record<string, string>]][] = [
    ["its id alone",                (id) => [{ client_id: id }, {}]],
    ["a wrong secret in the form",  (id) => [{ client_id: id, client_secret: `${secret}x` }, {}]],
    ["a wrong secret in the header", (id) => [{}, basic(id, `${secret}x`)]],
    ["an empty secret",             (id) => [{ client_id: id, client_secret: "" }, {}]],
    ["an empty header secret",      (id) => [{}, basic(id, "")]],
    ["its stored hash",             (id) => [{ client_id: id, client_secret: hashToken(secret) }, {}]],
    ["the other method",            (id) => (method === "client_secret_post" ? [{}, basic(id)] : [{ client_id: id, client_secret: secret }, {}])],
    ["an assertion",                (id) => [{ client_id: id, client_assertion: "e30.e30.", client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" }, {}]],
  ];

  test.each(attempts)("OA-16: gets nothing with %s, and the code, token and grant stay good", async (_name, proof) => {
    const { form, send, id } = await aSecretCode(method);
    const [body, headers] = proof(id);
    const refused = async (path: string, more: Record<string, string>) => {
      const response = await postForm(door, path, { ...more, ...body }, headers);
      expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
      expect([response.status, await errorOf(response)]).toEqual([401, "invalid_client"]);
    };
    await refused("/oauth/token", form);
    const pair = (await (await send("/oauth/token", form)).json()) as Pair;
    await refused("/oauth/token", { grant_type: "refresh_token", refresh_token: pair.refresh_token });
    await refused("/oauth/revoke", { token: pair.refresh_token });
    expect(await findGrant(db, pair.access_token, new Date())).not.toBeNull();
    expect((await send("/oauth/token", { grant_type: "refresh_token", refresh_token: pair.refresh_token })).status).toBe(200);
  });

  test("OA-16: a wrong secret is on record, once a minute however often it is tried", async () => {
    const { id, form } = await aSecretCode(method);
    const isBasic = method === "client_secret_basic";
    const attempt = () =>
      postForm(door, "/oauth/token", isBasic ? form : { ...form, client_id: id, client_secret: "wrong" }, isBasic ? basic(id, "wrong") : {});
    for (let i = 0; i < 3; i++) expect(await errorOf(await attempt())).toBe("invalid_client");
    const events = await db.select().from(accessEvents).where(eq(accessEvents.clientId, id));
    expect(events.filter(({ kind }) => kind === "client_refused")).toMatchObject([{ outcome: "refused", reason: "client_authentication" }]);
  });

  test("OA-16: another client's proven secret opens nothing of it", async () => {
    const { form } = await aSecretCode(method);
    const other = await aClient(db, { tokenEndpointAuthMethod: "client_secret_basic", secretHash: hashToken("another") });
    expect(await errorOf(await postForm(door, "/oauth/token", form, basic(other.id, "another")))).toBe("invalid_grant");
  });

  test("OA-31: its secret is no way in without a person: no token by client credentials, and it is no bearer token", async () => {
    const { send } = await aSecretCode(method);
    const response = await send("/oauth/token", { grant_type: "client_credentials", scope: "mcp" });
    expect([response.status, await errorOf(response)]).toEqual([400, "unauthorized_client"]);
    expect(await findGrant(db, secret, new Date())).toBeNull();
  });
});

describe("the Basic header", () => {
  test("holds both parts form-encoded (RFC 6749 section 2.3.1)", async () => {
    const odd = "s%c r:e+t&ü";
    const { form } = await aCode(db, door, { tokenEndpointAuthMethod: "client_secret_basic", secretHash: hashToken(odd) });
    const encoded = new URLSearchParams({ s: odd }).toString().slice(2);
    expect((await postForm(door, "/oauth/token", form, basic(form.client_id, encoded))).status).toBe(200);
  });

  test("OA-18: names the client of the form, or the request is refused", async () => {
    const { form, id } = await aSecretCode("client_secret_basic");
    expect(await errorOf(await postForm(door, "/oauth/token", { ...form, client_id: "cli_other" }, basic(id)))).toBe("invalid_request");
    expect((await postForm(door, "/oauth/token", { ...form, client_id: id }, basic(id))).status).toBe(200);
  });

  test("OA-18: and another way of authentication at once are refused", async () => {
    const { form, id } = await aSecretCode("client_secret_basic");
    for (const [name, value] of [
      ["client_secret", secret],
      ["client_assertion", "e30.e30."],
    ] as const) {
      const response = await postForm(door, "/oauth/token", { ...form, [name]: value }, basic(id));
      expect([response.status, await errorOf(response)]).toEqual([400, "invalid_request"]);
    }
  });

  // biome-ignore format: a table reads best as a table
  test.each<[string, string]>([
    ["no value",              "Basic"],
    ["what is not base64",    "Basic %%%"],
    ["no colon",              `Basic ${btoa("nothing")}`],
    ["no client",             `Basic ${btoa(":secret")}`],
    ["no secret",             `Basic ${btoa("cli_x:")}`],
    ["a NUL",                 `Basic ${btoa("cli_x:%00")}`],
    ["a NUL in the clear",    `Basic ${btoa("cli_\0:x")}`],
    ["half an escape",        `Basic ${btoa("cli_x:%e0%a4")}`],
    ["bytes of no text",      `Basic ${btoa("\xff\xfe:\xff")}`],
    ["five thousand bytes",   `Basic ${btoa(`cli_x:${"x".repeat(5_000)}`)}`],
    ["another scheme",        "Bearer gha_x"],
    ["a scheme nobody knows", "Negotiate abc"],
    ["two at once",           `Basic ${btoa("cli_x:y")}, Basic ${btoa("cli_x:y")}`],
  ])("OA-18: with %s is 401, never a fault", async (_name, authorization) => {
    for (const path of ["/oauth/token", "/oauth/revoke"]) {
      const response = await postForm(door, path, { grant_type: "refresh_token", refresh_token: "ghr_x", token: "ghr_x" }, { authorization });
      expect([response.status, await errorOf(response)]).toEqual([401, "invalid_client"]);
      expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });
});
