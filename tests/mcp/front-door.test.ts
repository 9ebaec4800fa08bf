import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { accessEvents, accessTokens, blocks, grants, groupPeople, groups, people, policies, portals } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { bumpAccessVersion, bumpVersionsAround } from "@/lib/orgs/access-version";
import { revokeGrant } from "@/lib/oauth/grants";
import { portalResource } from "@/lib/oauth/urls";
import { testDatabase } from "@/tests/support/database";
import { aGrant, aPerson, aPortal } from "@/tests/support/factories";
import { anEchoPortal, fakeUpstream, legacyHeaders, message, mountsOf, type Sent } from "./harness";

const db = await testDatabase();
const upstream = fakeUpstream();
const live = await anEchoPortal(db, { send: upstream.send });
const mounts = await mountsOf(live);
const headers = legacyHeaders(live.token);
const list = message("tools/list");

describe.each(mounts)("the front door on $name", ({ send }) => {
  test("every method without a token answers 401 with the way to sign in", async () => {
    for (const method of ["POST", "GET", "DELETE", "PUT", "OPTIONS"]) {
      const got = await send({ method, headers: { "content-type": "application/json" }, ...(method === "POST" && { body: list }) });
      expect([method, got.status]).toEqual([method, 401]);
      expect(got.headers.get("www-authenticate")).toBe(
        `Bearer resource_metadata="http://localhost:3000/.well-known/oauth-protected-resource${live.path}", scope="mcp"`,
      );
    }
  });

  test.each<[string, Sent["headers"]]>([
    ["an unknown token", { authorization: "Bearer gha_unknown" }],
    ["another scheme", { authorization: "Basic YTpi" }],
    ["a malformed header", { authorization: "Bearer" }],
    ["an odd header", { authorization: "Bearer \u0001 x".replace("\u0001", "!") }],
    ["a cookie", { authorization: undefined, cookie: `next-auth.session-token=${live.token}` }],
  ])("%s is 401", async (_name, more) => {
    const got = await send({ headers: { ...headers, ...more }, body: list });
    expect(got.status).toBe(401);
    expect(got.headers.get("www-authenticate")).toContain("resource_metadata=");
  });

  test("a browser is sent to the connect page", async () => {
    const got = await send({ method: "GET", headers: { accept: "text/html,application/xhtml+xml" } });
    expect([got.status, got.headers.get("location")]).toEqual([303, `http://localhost:3000/connect/${live.org.slug}/${live.portal.slug}`]);
  });

  test.each(["GET", "DELETE"])("%s of a 2025-era client that names no session is 400, of any other 405", async (method) => {
    expect((await send({ method, headers })).status).toBe(400);
    for (const version of ["2026-07-28", undefined]) {
      const got = await send({ method, headers: { ...headers, "mcp-protocol-version": version } });
      expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  test.each(["PUT", "PATCH"])("%s with a token is 405", async (method) => {
    const got = await send({ method, headers });
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST, GET, DELETE"]);
  });

  test.each<[string, Sent, number]>([
    ["a foreign origin", { headers: { ...headers, origin: "https://evil.test" }, body: list }, 403],
    ["the origin null", { headers: { ...headers, origin: "null" }, body: list }, 403],
    ["a loopback origin, on loopback", { headers: { ...headers, origin: "http://localhost:6274" }, body: list }, 200],
    ["a foreign host", { headers: { ...headers, host: "evil.test" }, body: list }, 403],
    ["a host that only starts like ours", { headers: { ...headers, host: "localhost.evil.test:3000" }, body: list }, 403],
    ["another content type", { headers: { ...headers, "content-type": "text/plain" }, body: list }, 415],
    ["no content type", { headers: { ...headers, "content-type": undefined }, body: Buffer.from(list) }, 415],
    ["a compressed body", { headers: { ...headers, "content-encoding": "gzip" }, body: list }, 415],
    ["a body over 1 MiB", { headers, body: message("tools/list", { x: "y".repeat(1_048_576) }) }, 413],
    ["a charset parameter", { headers: { ...headers, "content-type": "application/json; charset=utf-8" }, body: list }, 200],
  ])("%s", async (_name, sent, status) => {
    expect((await send(sent)).status).toBe(status);
  });

  test("a body over 1 MiB is refused while it arrives, also in chunks of unknown number", async () => {
    async function* endless() {
      for (let i = 0; i < 40; i++) yield Buffer.alloc(65_536, 0x20);
    }
    expect((await send({ headers, body: endless() })).status).toBe(413);
  });

  test("CORS names our own origin and no other", async () => {
    const own = await send({ headers: { ...headers, origin: "http://localhost:3000" }, body: list });
    expect(own.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    expect(own.headers.get("access-control-expose-headers")).toBe("WWW-Authenticate, Mcp-Session-Id");
    const other = await send({ headers: { ...headers, origin: "http://localhost:6274" }, body: list });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await send({ method: "OPTIONS", headers: { origin: "http://localhost:3000", "access-control-request-method": "POST" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([204, "POST, GET, DELETE"]);
  });

  test.each<[string, string, number]>([
    ["not JSON", "{", -32700],
    ["not UTF-8", "\xff", -32700],
    ["an array", `[${list}]`, -32600],
    ["a number", "7", -32600],
    ["another jsonrpc", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
    ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
    ["an id that is null", '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ["params that are an array", '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
    ["65 levels", message("tools/list", { x: JSON.parse("[".repeat(63) + "]".repeat(63)) }), -32600],
    ["ten thousand elements", message("tools/list", { x: Array(10_000).fill(1) }), -32600],
  ])("a body that is %s is 400", async (_name, body, code) => {
    const got = await send({ headers, body: Buffer.from(body, "latin1") });
    expect([got.status, got.json.error?.code]).toEqual([400, code]);
  });

  test("keys like __proto__ are inert, and of a repeated key the last counts", async () => {
    const before = upstream.asked.length;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","name":"echo","__proto__":{"name":"x"},"arguments":{"message":"hi","__proto__":{"polluted":true},"constructor":1}}}`;
    expect((await send({ headers, body })).json.result).toEqual({ content: [{ type: "text", text: "Echo: hi" }] });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    const args = upstream.asked[before]?.request.params.arguments;
    expect(JSON.stringify(args)).toBe('{"message":"hi","__proto__":{"polluted":true},"constructor":1}');
  });

  test("ids come back as they were", async () => {
    for (const id of [0, "", "a\u2028b", 1.5, -3]) expect((await send({ headers, body: message("ping", {}, id) })).json.id).toBe(id);
  });

  test("a token of another portal, or without this portal as its resource, is 401", async () => {
    const sister = await aPortal(db, live.org.id);
    const { token } = await aGrant(db, sister, live.person.id, portalResource(live.org.slug, sister.slug));
    expect((await send({ headers: { ...headers, authorization: `Bearer ${token}` }, body: list })).status).toBe(401);
    const wrong = await aGrant(db, live.portal, live.person.id, portalResource(live.org.slug, sister.slug));
    expect((await send({ headers: { ...headers, authorization: `Bearer ${wrong.token}` }, body: list })).status).toBe(401);
  });

  test("an expired token, an expired grant and a revoked grant are 401", async () => {
    const past = new Date(Date.now() - 1);
    const [expired, ended, revoked] = await Promise.all([
      aGrant(db, live.portal, live.person.id, live.resource),
      aGrant(db, live.portal, live.person.id, live.resource, { expiresAt: past }),
      aGrant(db, live.portal, live.person.id, live.resource),
    ]);
    await db.update(accessTokens).set({ expiresAt: past }).where(eq(accessTokens.grantId, expired.grant.id));
    expect((await send({ headers: { ...headers, authorization: `Bearer ${revoked.token}` }, body: list })).status).toBe(200);
    await db.transaction((tx) => revokeGrant(tx, revoked.grant.id, "admin", new Date()));
    for (const { token } of [expired, ended, revoked]) {
      expect((await send({ headers: { ...headers, authorization: `Bearer ${token}` }, body: list })).status).toBe(401);
    }
  });
});

describe.each(mounts)("the portal's policies on $name", ({ send, name }) => {
  const ask = (token: string) => send({ headers: legacyHeaders(token), body: list });
  const someone = async (email: string, more: Partial<typeof people.$inferInsert> = {}) => {
    const person = await aPerson(db, { email, ...more });
    return { person, ...(await aGrant(db, live.portal, person.id, live.resource)) };
  };
  const unique = name.replace(/\W/g, "");

  test("a person they do not admit is 403 with a message that says where to look, recorded once a minute", async () => {
    const { token, person } = await someone(`eve-${unique}@other.test`);
    const got = await ask(token);
    expect([got.status, got.json.error?.code]).toEqual([403, -32000]);
    expect(got.json.error?.message).toContain(`/connect/${live.org.slug}/${live.portal.slug}`);
    expect(got.json.error?.message).toContain(person.email);
    await ask(token);
    await live.endpoint.flush();
    const events = await db.select().from(accessEvents).where(eq(accessEvents.personId, person.id));
    expect(events).toMatchObject([{ kind: "portal_refused", outcome: "refused", portalId: live.portal.id, orgId: live.org.id }]);
  });

  test("an unverified address counts for nothing, and its verification at once", async () => {
    const { token, person } = await someone(`new-${unique}@acme.test`, { emailVerifiedAt: null });
    expect((await ask(token)).status).toBe(403);
    await db.update(people).set({ emailVerifiedAt: new Date() }).where(eq(people.id, person.id));
    await bumpVersionsAround(db, person.id);
    expect((await ask(token)).status).toBe(200);
    await db
      .update(people)
      .set({ email: `gone-${unique}@other.test` })
      .where(eq(people.id, person.id));
    await bumpVersionsAround(db, person.id);
    expect((await ask(token)).status).toBe(403);
  });

  test("a block takes effect on the next request", async () => {
    const { token, person } = await someone(`blocked-${unique}@acme.test`);
    expect((await ask(token)).status).toBe(200);
    await db.insert(blocks).values({ id: newId("blk"), orgId: live.org.id, email: person.email, createdBy: "admin@acme.test" });
    await bumpAccessVersion(db, live.org.id);
    expect((await ask(token)).status).toBe(403);
  });

  test("leaving a group takes effect on the next request, and a portal that is off admits nobody", async () => {
    const { token, person } = await someone(`guest-${unique}@other.test`);
    const groupId = newId("grp");
    await db.insert(groups).values({ id: groupId, orgId: live.org.id, name: `guests ${unique}` });
    await db.insert(groupPeople).values({ orgId: live.org.id, groupId, email: person.email });
    await db
      .update(policies)
      .set({
        include: [
          { kind: "email_domain", domain: "acme.test" },
          { kind: "group", groupId },
        ],
      })
      .where(eq(policies.id, live.policy.id));
    await bumpAccessVersion(db, live.org.id);
    expect((await ask(token)).status).toBe(200);
    await db.delete(groupPeople).where(eq(groupPeople.groupId, groupId));
    await bumpAccessVersion(db, live.org.id);
    expect((await ask(token)).status).toBe(403);
    await db.update(portals).set({ enabled: false }).where(eq(portals.id, live.portal.id));
    await bumpAccessVersion(db, live.org.id);
    expect((await ask(live.token)).status).toBe(403);
    await db.update(portals).set({ enabled: true }).where(eq(portals.id, live.portal.id));
    await bumpAccessVersion(db, live.org.id);
    expect((await ask(live.token)).status).toBe(200);
  });

  test("a person who is gone has no token", async () => {
    const { token, person } = await someone(`leaver-${unique}@acme.test`);
    expect((await ask(token)).status).toBe(200);
    await bumpVersionsAround(db, person.id);
    await db.delete(people).where(eq(people.id, person.id));
    expect((await ask(token)).status).toBe(401);
  });
});

test("a grant's last use is written down after the answer", async () => {
  const { grant, token } = await aGrant(db, live.portal, live.person.id, live.resource);
  await mounts[0]?.send({ headers: legacyHeaders(token), body: list });
  await live.endpoint.flush();
  const [stored] = await db.select().from(grants).where(eq(grants.id, grant.id));
  expect(stored?.lastUsedAt).toBeInstanceOf(Date);
});

test("when the database fails, nobody is let in: 503 with a request id", async () => {
  const broken = await anEchoPortal(db);
  const [mount] = await mountsOf({
    ...broken,
    endpoint: { ...broken.endpoint, admissions: { find: () => Promise.reject(new Error("connection lost")) } as never },
  });
  const got = await mount?.send({ headers: legacyHeaders(broken.token), body: list });
  expect(got?.status).toBe(503);
  expect(got?.json.error?.message).toMatch(/req_[0-9a-f]{16}/);
  expect(got?.text).not.toContain("connection lost");
});
