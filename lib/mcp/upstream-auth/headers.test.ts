import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuthorizationFixture, metadataOf, serverPath, startAuthorizationFixture, tokens } from "@/tests/support/authorization-fixture";
import { authorizeUpstream } from "./authorize";
import { finishUpstreamAuthorization } from "./finish";
import { upstreamHeaders } from "./headers";
import { disconnectUpstream } from "./revoke";
import { onUnauthorized } from "./unauthorized";

let fixture: AuthorizationFixture;
beforeEach(async () => {
  fixture = await startAuthorizationFixture();
  await connect();
});
afterEach(() => fixture.close());

async function connect(challenge: Parameters<typeof authorizeUpstream>[1]["challenge"] = null): Promise<string | null> {
  const { connection, ports, base } = fixture;
  const left = await authorizeUpstream(connection, { binding: "ana", challenge }, ports);
  if (left.kind !== "redirect") throw new Error(JSON.stringify(left));
  const { searchParams } = new URL(left.url);
  const query = new URLSearchParams({ code: "c", state: searchParams.get("state") ?? "", iss: base });
  await finishUpstreamAuthorization(query, "ana", async () => connection, ports);
  fixture.posted.length = 0;
  return searchParams.get("scope");
}
const later = (seconds: number) => {
  fixture.ports.at = new Date(fixture.ports.at.getTime() + seconds * 1_000);
};
const answerTokens = (...replies: object[]) => {
  fixture.answers["/token"] = () => replies.shift() ?? { status: 500 };
};
const headers = () => upstreamHeaders(fixture.connection, fixture.ports);
const bearer = (name: string) => ({ kind: "authorized", headers: { authorization: `Bearer ${name}-access` } });
const refreshes = () => fixture.posted.map(({ fields }) => fields.refresh_token);
const refusedWith = (status: number, challenge: string | null, name = "first") =>
  onUnauthorized(fixture.connection, { status, challenge, headers: bearer(name).headers }, fixture.ports);

describe("a token that lives", () => {
  test("is used without asking anybody", async () => {
    later(3_500);
    expect(await headers()).toEqual(bearer("first"));
    expect(fixture.posted).toEqual([]);
  });

  test("without an end is used until it is refused", async () => {
    answerTokens({ body: tokens("endless", { expires_in: undefined }) });
    await connect();
    later(365 * 86_400);
    expect(await headers()).toEqual(bearer("endless"));
  });
});

describe("a token about to end", () => {
  beforeEach(() => later(3_550));

  test("is replaced under the same terms, and the new refresh token is stored before the access token is used", async () => {
    answerTokens({ body: tokens("second") });
    const { store } = fixture.connection;
    const { saveCredential } = store;
    let storedFirst = false;
    store.saveCredential = async (credential) => {
      await new Promise((resolve) => setImmediate(resolve));
      await saveCredential(credential);
      storedFirst = true;
    };
    expect(await headers()).toEqual(bearer("second"));
    expect(storedFirst).toBe(true);
    expect(store.credential()).toMatchObject({ refreshToken: "second-refresh", grantedScopes: ["read"] });
    expect(fixture.posted.map(({ fields }) => fields)).toEqual([
      { grant_type: "refresh_token", refresh_token: "first-refresh", resource: fixture.serverUrl, client_id: "registered" },
    ]);
  });

  test("is not used when the new one could not be stored", async () => {
    answerTokens({ body: tokens("second") });
    fixture.connection.store.saveCredential = () => Promise.reject(new Error("disk full"));
    await expect(headers()).rejects.toThrow("disk full");
  });

  test("keeps its refresh token when no new one comes", async () => {
    answerTokens({ body: tokens("second", { refresh_token: undefined }) });
    await headers();
    expect(fixture.connection.store.credential()?.refreshToken).toBe("first-refresh");
  });

  test("is replaced once, however many ask", async () => {
    answerTokens({ body: tokens("second") });
    // Within one process this holds without the lock between instances.
    fixture.connection.store.exclusively = (work) => work();
    const all = await Promise.all(Array.from({ length: 20 }, headers));
    expect(new Set(all.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify(bearer("second"))]));
    expect(refreshes()).toEqual(["first-refresh"]);
  });

  test("is not replaced again when another instance was faster", async () => {
    const { store } = fixture.connection;
    const { exclusively } = store;
    const current = store.credential();
    store.exclusively = async (work) => {
      if (current) await store.saveCredential({ ...current, accessToken: "other-access" });
      return exclusively(work);
    };
    expect(await headers()).toEqual(bearer("other"));
    expect(fixture.posted).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["an outage", { status: 503 }, "unavailable"],
    ["too many requests", { status: 429, body: { error: "slow_down" } }, "unavailable"],
    ["nonsense", { status: 200, body: "<html>" }, "refused"],
    ["a redirect", { status: 302, headers: { location: "/elsewhere" } }, "bad_metadata"],
  ])("serves its last minute through %s, and the credential stays", async (_, reply, cause) => {
    answerTokens(reply, reply, { body: tokens("second") });
    expect(await headers()).toEqual(bearer("first"));
    later(60);
    expect(await headers()).toMatchObject({ kind: "failed", cause });
    expect(fixture.connection.store.credential()).toMatchObject({ state: "active", refreshToken: "first-refresh" });
    expect(await headers()).toEqual(bearer("second"));
  });

  test("ends with `invalid_grant`: the person has to connect again, and nothing more is sent", async () => {
    answerTokens({ status: 400, body: { error: "invalid_grant" } });
    expect(await headers()).toMatchObject({ kind: "failed", cause: "reconnect" });
    expect(await headers()).toMatchObject({ kind: "failed", cause: "reconnect" });
    expect(refreshes()).toEqual(["first-refresh"]);
    answerTokens({ body: tokens("third") });
    await connect();
    expect(await headers()).toEqual(bearer("third"));
  });

  test("ends with a forgotten registration, which is made anew", async () => {
    answerTokens({ status: 401, body: { error: "invalid_client" } }, { body: tokens("second") });
    expect(await headers()).toMatchObject({ cause: "reconnect" });
    fixture.answers["/register"] = () => ({ status: 201, body: { client_id: "again" } });
    await connect();
    expect(fixture.connection.store.credential()?.clientId).toBe("again");
  });
});

describe("a refused request", () => {
  test("is sent again with a new token, once", async () => {
    later(60);
    answerTokens({ body: tokens("second") }, { body: tokens("third") });
    expect(await refusedWith(401, 'Bearer error="invalid_token"')).toEqual(bearer("second"));
    // The new token is fresh, so a refusal is not about its age.
    expect(await refusedWith(401, 'Bearer error="invalid_token"', "second")).toMatchObject({ kind: "authorize" });
    expect(refreshes()).toEqual(["first-refresh"]);
    expect(await headers()).toMatchObject({ cause: "reconnect" });
  });

  test("with a token that was replaced meanwhile is sent again with that", async () => {
    expect(await refusedWith(401, null, "older")).toEqual(bearer("first"));
    expect(fixture.posted).toEqual([]);
  });

  test("keeps the credential while the provider is down", async () => {
    later(60);
    answerTokens({ status: 503 });
    expect(await refusedWith(401, null)).toMatchObject({ kind: "failed", cause: "unavailable" });
    expect(fixture.connection.store.credential()?.state).toBe("active");
  });

  test("for more scopes asks for those and the ones before", async () => {
    const needs = await refusedWith(403, 'Bearer error="insufficient_scope", scope="write"');
    expect(needs).toMatchObject({ kind: "authorize", challenge: { scopes: ["write"] } });
    if (needs.kind === "authorize") expect(await connect(needs.challenge)).toBe("read write");
  });

  test("for scopes that are granted already leads nowhere", async () => {
    expect(await refusedWith(403, 'Bearer error="insufficient_scope", scope="read"')).toMatchObject({ kind: "failed", cause: "forbidden" });
    expect(await refusedWith(403, null)).toMatchObject({ kind: "failed", cause: "forbidden" });
  });

  test("for ever more scopes ends after three, and may start again later", async () => {
    const ask = (scope: string) => refusedWith(403, `Bearer error="insufficient_scope", scope="${scope}"`);
    for (const scope of ["a", "b", "c"]) {
      const needs = await ask(scope);
      if (needs.kind !== "authorize") throw new Error(JSON.stringify(needs));
      await connect(needs.challenge);
    }
    expect(await ask("d")).toMatchObject({ kind: "failed", cause: "forbidden" });
    later(601);
    expect(await ask("d")).toMatchObject({ kind: "authorize" });
  });
});

describe("another issuer", () => {
  test("gets a client of its own and never sees the tokens of the one before", async () => {
    const issuer = `${fixture.base}/new`;
    fixture.documents["/.well-known/oauth-protected-resource/mcp"] = { body: { resource: fixture.serverUrl, authorization_servers: [issuer] } };
    fixture.documents["/.well-known/oauth-authorization-server/new"] = {
      body: metadataOf(fixture.base, { issuer, token_endpoint: `${fixture.base}/new/token`, registration_endpoint: `${fixture.base}/new/register` }),
    };
    fixture.answers["/new/register"] = () => ({ status: 201, body: { client_id: "new" } });
    const left = await authorizeUpstream(fixture.connection, { binding: "ana", challenge: null }, fixture.ports);
    expect(left).toMatchObject({ kind: "redirect", issuer, url: expect.stringContaining("client_id=new&") });
    expect(JSON.stringify(fixture.posted)).not.toMatch(/first-|registered/);
  });
});

describe("disconnecting", () => {
  test("revokes the refresh token and forgets the credential", async () => {
    fixture.answers["/revoke"] = () => ({});
    expect(await disconnectUpstream(fixture.connection, fixture.ports)).toEqual({ revoked: true });
    expect(fixture.posted.map(({ fields }) => fields)).toEqual([{ token: "first-refresh", token_type_hint: "refresh_token", client_id: "registered" }]);
    expect(await headers()).toMatchObject({ cause: "not_connected" });
  });

  test("forgets the credential although the provider is gone", async () => {
    await fixture.close();
    expect(await disconnectUpstream(fixture.connection, fixture.ports)).toEqual({ revoked: false });
    expect(await headers()).toMatchObject({ cause: "not_connected" });
    fixture = await startAuthorizationFixture();
  });

  test("asks nobody where nothing can be revoked", async () => {
    fixture.documents[serverPath] = { body: metadataOf(fixture.base, { revocation_endpoint: undefined }) };
    await connect();
    expect(await disconnectUpstream(fixture.connection, fixture.ports)).toEqual({ revoked: false });
    expect(fixture.posted).toEqual([]);
  });
});
