import { generateKeyPairSync, verify } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type AuthorizationFixture,
  callback,
  metadataOf,
  resourcePath,
  serverPath,
  startAuthorizationFixture,
  tokens,
} from "@/tests/support/authorization-fixture";
import { authorizeUpstream } from "./authorize";
import { finishUpstreamAuthorization } from "./finish";
import type { UpstreamConnection } from "./types";

let fixture: AuthorizationFixture;
beforeEach(async () => {
  fixture = await startAuthorizationFixture();
});
afterEach(() => fixture.close());

/** Leaves for the provider and returns what it would send back. */
async function leave(connection: UpstreamConnection = fixture.connection): Promise<Record<string, string>> {
  const left = await authorizeUpstream(connection, { binding: "ana", challenge: null }, fixture.ports);
  if (left.kind !== "redirect") throw new Error(JSON.stringify(left));
  fixture.log.length = 0;
  fixture.posted.length = 0;
  return { code: "c0de", state: new URL(left.url).searchParams.get("state") ?? "", iss: fixture.base };
}
const comeBack = (query: ConstructorParameters<typeof URLSearchParams>[0], { binding = "ana", connection = fixture.connection as UpstreamConnection } = {}) =>
  finishUpstreamAuthorization(new URLSearchParams(query), binding, async (key) => (key === connection.key ? connection : null), fixture.ports);
const without = (query: Record<string, string>, name: string) => Object.fromEntries(Object.entries(query).filter(([key]) => key !== name));

test("the code becomes a credential, stored for its issuer, and headers", async () => {
  const query = await leave();
  const [pending] = [...fixture.ports.pending.all.values()];
  expect(await comeBack(query)).toEqual({ kind: "authorized", headers: { authorization: "Bearer first-access" }, connection: fixture.connection.key });
  expect(fixture.posted.map(({ fields }) => fields)).toEqual([
    {
      grant_type: "authorization_code",
      code: "c0de",
      redirect_uri: callback,
      code_verifier: pending?.verifier,
      resource: fixture.serverUrl,
      client_id: "registered",
    },
  ]);
  expect(fixture.connection.store.credential()).toMatchObject({
    issuer: fixture.base,
    refreshToken: "first-refresh",
    grantedScopes: ["read"],
    expiresAt: new Date("2026-11-22T11:00:00Z"),
    state: "active",
  });
});

describe("nothing goes out", () => {
  const refused = async (cause: string, result: ReturnType<typeof comeBack>) => {
    expect(await result).toMatchObject({ kind: "failed", cause });
    expect(fixture.log).toEqual([]);
    expect(fixture.connection.store.saved).toEqual([]);
  };

  test("for a state that is missing, unknown or doubled", async () => {
    const query = await leave();
    await refused("foreign_state", comeBack(without(query, "state")));
    await refused("foreign_state", comeBack({ ...query, state: "made up" }));
    await refused("foreign_state", comeBack([...Object.entries(query), ["state", query.state ?? ""]]));
  });

  test("for somebody else's state, which stays good for its owner", async () => {
    const query = await leave();
    await refused("foreign_state", comeBack(query, { binding: "mallory" }));
    expect(await comeBack(query)).toMatchObject({ kind: "authorized" });
  });

  test("for a state used before", async () => {
    const query = await leave();
    await comeBack(query);
    fixture.log.length = 0;
    expect(await comeBack(query)).toMatchObject({ cause: "foreign_state" });
    expect(fixture.log).toEqual([]);
  });

  test("for a state older than ten minutes", async () => {
    const query = await leave();
    fixture.ports.at = new Date(fixture.ports.at.getTime() + 600_000);
    await refused("foreign_state", comeBack(query));
  });

  test.each<[string, (query: Record<string, string>) => ConstructorParameters<typeof URLSearchParams>[0]]>([
    ["another issuer", (query) => ({ ...query, iss: "https://evil.test" })],
    ["an issuer with a slash more", (query) => ({ ...query, iss: `${query.iss}/` })],
    ["no issuer though one was promised", (query) => without(query, "iss")],
    ["two issuers", (query) => [...Object.entries(query), ["iss", query.iss ?? ""]]],
    ["an error of another issuer", (query) => ({ state: query.state ?? "", error: "access_denied", iss: "https://evil.test" })],
  ])("for an answer from %s", async (_, change) => {
    await refused("wrong_issuer", comeBack(change(await leave())));
  });

  test("for an issuer that was not promised and is another", async () => {
    fixture.documents[serverPath] = { body: metadataOf(fixture.base, { authorization_response_iss_parameter_supported: undefined }) };
    await refused("wrong_issuer", comeBack({ ...(await leave()), iss: "https://evil.test" }));
    const query = await leave();
    await refused("wrong_issuer", comeBack([...Object.entries(query), ["iss", query.iss ?? ""]]));
    expect(await comeBack(without(await leave(), "iss"))).toMatchObject({ kind: "authorized" });
  });

  test("when the person declined, whatever the provider writes", async () => {
    const { state, iss } = await leave();
    await refused("denied", comeBack({ state: state ?? "", iss: iss ?? "", error: "access_denied", error_description: "<script>" }));
  });

  test("for a connection that is gone, or has another client by now", async () => {
    const query = await leave();
    await refused("foreign_state", comeBack(query, { connection: { ...fixture.connection, key: "other" } }));
    const again = await leave();
    const [client] = [...fixture.connection.store.clients.values()];
    if (client) await fixture.connection.store.saveClient({ ...client, clientId: "another" });
    await refused("foreign_state", comeBack(again));
    const third = await leave();
    await fixture.connection.store.dropClient(fixture.base);
    await refused("foreign_state", comeBack(third));
  });
});

describe("the token endpoint", () => {
  test.each<[string, object, string]>([
    ["a refusal", { status: 400, body: { error: "invalid_grant" } }, "refused"],
    ["a refusal with status 200", { body: { error: "bad_verification_code" } }, "refused"],
    ["no token", { body: { token_type: "Bearer" } }, "refused"],
    ["a token of another type", { body: tokens("x", { token_type: "DPoP" }) }, "refused"],
    ["a token that breaks headers", { body: tokens("x", { access_token: "a\r\nx: y" }) }, "refused"],
    ["no JSON", { body: "access_token=a" }, "refused"],
    ["an outage", { status: 502 }, "unavailable"],
    ["a redirect", { status: 307, headers: { location: "/token2" } }, "bad_metadata"],
  ])("%s connects nothing", async (_, reply, cause) => {
    const query = await leave();
    fixture.answers["/token"] = () => reply;
    expect(await comeBack(query)).toMatchObject({ kind: "failed", cause });
    expect(fixture.log).toEqual(["POST /token"]);
    expect(fixture.connection.store.saved).toEqual([]);
  });

  test.each<[string, { client_id?: string; client_secret?: string }, string | undefined]>([
    ["client_secret_post", { client_id: "a", client_secret: "s" }, undefined],
    ["client_secret_basic", {}, `Basic ${Buffer.from("a:s").toString("base64")}`],
    ["none", { client_id: "a" }, undefined],
  ])("is told who we are by %s", async (method, fields, authorization) => {
    fixture.documents[serverPath] = { body: metadataOf(fixture.base, { token_endpoint_auth_methods_supported: [method] }) };
    fixture.answers["/register"] = () => ({ status: 201, body: { client_id: "a", ...(method !== "none" && { client_secret: "s" }) } });
    await comeBack(await leave());
    const [sent] = fixture.posted;
    expect(sent?.authorization).toBe(authorization);
    expect({ id: sent?.fields.client_id, secret: sent?.fields.client_secret }).toEqual({ id: fields.client_id, secret: fields.client_secret });
  });

  test("is told who we are by a signed statement for this issuer", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const adminClient = { issuer: fixture.base, clientId: "a", secret: null, privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    const connection = { ...fixture.connection, adminClient };
    await comeBack(await leave(connection), { connection });
    const [header = "", claims = "", signature = ""] = (fixture.posted[0]?.fields.client_assertion ?? "").split(".");
    const key = { key: publicKey, dsaEncoding: "ieee-p1363" as const };
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({ iss: "a", sub: "a", aud: fixture.base });
  });

  test("is told the resource as the server published it", async () => {
    fixture.documents[resourcePath] = { body: { resource: fixture.base, authorization_servers: [fixture.base] } };
    await comeBack(await leave());
    expect(fixture.posted[0]?.fields.resource).toBe(fixture.base);
  });
});
