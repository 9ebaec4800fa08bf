import { eq } from "drizzle-orm";
import { afterAll, describe, expect, test, vi } from "vitest";
import { assignments, auditEvents, connections, servers } from "@/drizzle/schema";
import { sealedCredential } from "@/lib/servers/credential";
import { setServerSecret } from "@/lib/servers/commands";
import { setAssignmentAccount } from "@/lib/connections/commands";
import { connectWithKey, disconnectMine, startConnecting } from "@/lib/connections/mine";
import { listMyConnections } from "@/lib/connections/queries";
import { readTicket } from "@/lib/connections/ticket";
import { aConnectedPortal, type Auth, callTool } from "@/tests/support/connected";
import { testDatabase } from "@/tests/support/database";
import { readEvents } from "@/tests/support/event-reader";
import { aCapability, aPerson, aPolicy, aPortal, attachToPortal } from "@/tests/support/factories";
import { anAssignment } from "@/tests/support/factories";
import { startUpstream, type Upstream } from "@/tests/support/upstream";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { signedIn } from "@/tests/oauth/front-door";
import { legacyHeaders, message, type Mount, modernHeaders, modernMessage, modernMeta } from "./harness";

const db = await testDatabase();
const running: Upstream[] = [];
afterAll(() => Promise.all(running.map((one) => one.close())));

/** The server says who called: the key by which it knows them. Keys that begin with `bad` it refuses. */
async function aKeyedPortal(auth: Auth = "bearer") {
  const upstream = await startUpstream({
    era: "legacy",
    stateful: false,
    prompts: [{ name: "greet" }],
    tools: [{ name: "whoami" }],
    hook({ headers, method, id }) {
      const key = headers.authorization?.replace("Bearer ", "") ?? headers["x-key"];
      if (!key || key.startsWith("bad")) return { status: 401, headers: { "www-authenticate": "Bearer" } };
      return method === "tools/call" ? { body: { jsonrpc: "2.0", id, result: { content: [{ type: "text", text: `you are ${key}` }] } } } : undefined;
    },
  });
  running.push(upstream);
  const portal = await aConnectedPortal(db, upstream.url, auth);
  const credential = { auth, token: "the-admins", headerName: ["X-Key"], headerValue: ["the-admins"] };
  await db
    .update(servers)
    .set(sealedCredential(portal.org.id, portal.server.id, credential, new Date()))
    .where(eq(servers.id, portal.server.id));
  const key = (me: typeof portal.me, token: string) => connectWithKey({ ...me, now: new Date() }, { ...portal.input, token, headerValue: [] });
  return { ...portal, upstream, key, credential };
}

const capabilities = { elicitation: { url: {} } };
const live = await aKeyedPortal();
const prompt = await aCapability(db, live.org.id, live.server.id, "prompt", "greet");
await db.delete(assignments).where(eq(assignments.portalId, live.portal.id));
const whoami = await aCapability(db, live.org.id, live.server.id, "tool", "me", { name: "me" });
await anAssignment(db, live.org.id, live.portal.id, live.server.id, [whoami, prompt]);
await db.update(assignments).set({ account: "personal" }).where(eq(assignments.portalId, live.portal.id));
await bumpAccessVersion(db, live.org.id);

async function aSession({ send }: Mount, token: string, declared: object) {
  const params = { protocolVersion: "2025-11-25", capabilities: declared, clientInfo: { name: "t", version: "1" } };
  const begun = await send({ headers: { ...legacyHeaders(token), "mcp-protocol-version": undefined }, body: message("initialize", params) });
  return { ...legacyHeaders(token), "mcp-session-id": String(begun.headers.get("mcp-session-id")) };
}

const linkIn = (text: string) => new URL(/http:\/\/localhost:3000\/connect\/\S+?(?=["\s\\]|$)/.exec(text)?.[0] ?? "");

type Question = { method: string; params: Record<string, unknown> };
const questionsIn = (result: Record<string, unknown> = {}) => result.inputRequests as Record<string, Question>;
const elicitationsIn = (data: unknown) => (data as { elicitations: { elicitationId: string }[] }).elicitations;

function expectTheLink(text: string, personId: string) {
  const link = linkIn(text);
  expect(link.pathname).toBe(`/connect/${live.org.slug}/${live.portal.slug}`);
  expect(link.searchParams.get("server")).toBe(live.server.id);
  const ticket = link.searchParams.get("for") ?? "";
  const place = { orgId: live.org.id, portalId: live.portal.id, serverId: live.server.id };
  expect(readTicket(place, ticket, personId, new Date())).toBe("yours");
  expect(readTicket(place, ticket, "per_somebody_else", new Date())).toBe("theirs");
  expect(readTicket({ ...place, serverId: "srv_other" }, ticket, personId, new Date())).toBe("invalid");
  expect(readTicket(place, ticket, personId, new Date(Date.now() + 2 * 3_600_000))).toBe("invalid");
  expect(text).not.toContain(personId);
}

describe.each(live.mounts)("a call without an account, on $name", (mount) => {
  test("of a 2026-07-28 client that opens links is asked for one, and goes through when it is connected", async () => {
    const { token, me, person } = await live.another();
    const _meta = { ...modernMeta, "io.modelcontextprotocol/clientCapabilities": capabilities };
    const call = (more: object = {}) =>
      mount.send({ headers: modernHeaders(token, "tools/call", "me"), body: message("tools/call", { name: "me", ...more, _meta }) });
    const before = live.upstream.calls.length;
    const first = await call();
    expect(first.json.result).toMatchObject({ resultType: "input_required", requestState: expect.any(String) });
    const question = questionsIn(first.json.result).link_1;
    expect(question).toMatchObject({ method: "elicitation/create", params: { mode: "url", message: "Guarded: connect your account to use it" } });
    expectTheLink(String(question?.params.url), person.id);
    expect(live.upstream.calls).toHaveLength(before);
    const requestState = first.json.result?.requestState;
    const declined = await call({ requestState, inputResponses: { link_1: { action: "decline" } } });
    expect(declined.json.result).toMatchObject({ isError: true });
    await live.key(me, "ana");
    const again = await call({ requestState, inputResponses: { link_1: { action: "accept" } } });
    expect(again.json.result).toMatchObject({ content: [{ text: "you are ana" }] });
  });

  test("of a 2025-11-25 client that opens links fails with -32042, and the client hears when it is connected", async () => {
    const { token, me, person } = await live.another();
    const headers = await aSession(mount, token, capabilities);
    const stream = await readEvents(mount.fetch, mount.url, { method: "GET", headers: { ...headers, accept: "text/event-stream" } });
    const call = () => mount.send({ headers, body: message("tools/call", { name: "me" }) });
    const { status, json } = await call();
    expect(status).toBe(200);
    expect(json.error).toMatchObject({ code: -32042, data: { elicitations: [{ mode: "url", elicitationId: expect.any(String) }] } });
    expectTheLink(JSON.stringify(json.error?.data), person.id);
    const elicitationId = elicitationsIn(json.error?.data)[0]?.elicitationId;
    await live.key(me, "ben");
    await vi.waitFor(() => expect(stream.messages).toContainEqual({ jsonrpc: "2.0", method: "notifications/elicitation/complete", params: { elicitationId } }));
    stream.cut();
    expect((await call()).json.result).toMatchObject({ content: [{ text: "you are ben" }] });
  });

  test("of any other client gets the whole link as text, prompts as an error", async () => {
    const { token, me, person } = await live.another();
    const modern = await mount.send({ headers: modernHeaders(token, "tools/call", "me"), body: modernMessage("tools/call", { name: "me" }) });
    const legacy = await mount.send({ headers: legacyHeaders(token), body: message("tools/call", { name: "me" }) });
    const formsOnly = await mount.send({ headers: await aSession(mount, token, { elicitation: {} }), body: message("tools/call", { name: "me" }) });
    for (const { status, json, text } of [modern, legacy, formsOnly]) {
      expect(status).toBe(200);
      expect(json.result).toMatchObject({ isError: true });
      expectTheLink(text, person.id);
    }
    const asked = await mount.send({ headers: legacyHeaders(token), body: message("prompts/get", { name: "greet" }) });
    expect(asked.status).toBe(200);
    expect(asked.json.error?.code).toBe(-32603);
    expectTheLink(asked.json.error?.message ?? "", person.id);
    await live.key(me, "cem");
    expect(await callTool(mount, token, "me")).toBe("you are cem");
  });

  test("is on record as refused", async () => {
    const { token } = await live.another();
    const before = (await live.rows()).length;
    await callTool(mount, token, "me");
    expect((await live.rows()).slice(before)).toMatchObject([
      { outcome: "refused", errorMessage: "not connected", decision: "allowed", serverId: live.server.id },
    ]);
  });

  test("of two people is each their own; disconnecting is in force with the next call and never falls back", async () => {
    const [ana, ben] = [await live.another(), await live.another()];
    await live.key(ana.me, "ana");
    await live.key(ben.me, "ben");
    expect(await Promise.all([callTool(mount, ana.token, "me"), callTool(mount, ben.token, "me")])).toEqual(["you are ana", "you are ben"]);
    await disconnectMine(ana.me, live.input);
    const before = live.upstream.calls.length;
    expect(await callTool(mount, ana.token, "me")).toContain("connect your account");
    expect(live.upstream.calls).toHaveLength(before);
    expect(await callTool(mount, ben.token, "me")).toBe("you are ben");
  });

  test("a key that the server refuses has to be entered anew; nobody is sent to sign in at the portal", async () => {
    const { token, me } = await live.another();
    await live.key(me, "bad-key");
    const { status, text } = await mount.send({ headers: modernHeaders(token, "tools/call", "me"), body: modernMessage("tools/call", { name: "me" }) });
    expect([status, text]).toEqual([200, expect.stringContaining("your connection has ended")]);
    const at = { orgId: live.org.id, portalId: live.portal.id, personId: me.person.id };
    expect(await listMyConnections(db, at)).toMatchObject([{ state: "reconnect" }]);
    await live.key(me, "good-key");
    expect(await callTool(mount, token, "me")).toBe("you are good-key");
    expect(await listMyConnections(db, at)).toMatchObject([{ state: "connected" }]);
  });
});

test("the server's own headers are asked for by name, and none but those", async () => {
  const keyed = await aKeyedPortal("headers");
  const at = { orgId: keyed.org.id, portalId: keyed.portal.id, personId: keyed.person.id };
  expect(await listMyConnections(db, at)).toMatchObject([{ kind: "headers", state: "needs_connection", headerNames: ["x-key"] }]);
  await expect(connectWithKey(keyed.me, { ...keyed.input, token: "", headerValue: [] })).rejects.toMatchObject({ code: "invalid", field: "headerValue" });
  await expect(connectWithKey(keyed.me, { ...keyed.input, token: "", headerValue: ["a", "b"] })).rejects.toMatchObject({ code: "invalid" });
  await connectWithKey(keyed.me, { ...keyed.input, token: "", headerValue: ["mine"] });
  expect(await keyed.call()).toBe("you are mine");
});

test("whose account is used is the admin's choice, in force with the next call", async () => {
  const keyed = await aKeyedPortal();
  await keyed.key(keyed.me, "mine");
  expect(await keyed.call()).toBe("you are mine");
  await setAssignmentAccount(keyed.ctx, { ...keyed.input, account: "shared" });
  expect(await keyed.call()).toBe("you are the-admins");
  await setAssignmentAccount(keyed.ctx, { ...keyed.input, account: "personal" });
  expect(await keyed.call()).toBe("you are mine");
});

test("another kind of authentication ends what people connected", async () => {
  const keyed = await aKeyedPortal();
  await keyed.key(keyed.me, "mine");
  await setServerSecret(keyed.ctx, { serverId: keyed.server.id, auth: "bearer", token: "renewed", headerName: [], headerValue: [] });
  expect(await keyed.call()).toBe("you are mine");
  await setServerSecret(keyed.ctx, { serverId: keyed.server.id, auth: "oauth", token: "", headerName: [], headerValue: [] });
  expect(await db.select().from(connections).where(eq(connections.serverId, keyed.server.id))).toEqual([]);
  expect(await keyed.call()).toContain("connect your account");
});

test("a stored key opens nowhere else, and no record holds it", async () => {
  const keyed = await aKeyedPortal();
  const ben = await keyed.another();
  await keyed.key(keyed.me, "top-secret-key");
  const [row] = await db.select().from(connections).where(eq(connections.serverId, keyed.server.id));
  expect(JSON.stringify(row)).not.toContain("top-secret-key");
  await db.insert(connections).values({ ...row, id: "con_moved", personId: ben.person.id } as typeof connections.$inferInsert);
  expect(await keyed.call(ben.token)).toContain("connect your account again");
  expect(JSON.stringify(await db.select().from(auditEvents))).not.toContain("top-secret-key");
  expect(JSON.stringify(await keyed.rows())).not.toContain("top-secret-key");
});

test("nobody connects to a server that is not for them", async () => {
  const keyed = await aKeyedPortal();
  const stranger = await aPerson(db, { email: "stranger@elsewhere.test" });
  await expect(keyed.key(signedIn(db, stranger), "k")).rejects.toMatchObject({ code: "not_found" });
  await expect(startConnecting(signedIn(db, stranger), keyed.input)).rejects.toMatchObject({ code: "not_found" });
  const other = await aPortal(db, keyed.org.id);
  await attachToPortal(db, keyed.org.id, other.id, (await aPolicy(db, keyed.org.id, [{ kind: "everyone" }])).id);
  await expect(connectWithKey(keyed.me, { portalId: other.id, serverId: keyed.server.id, token: "k", headerValue: [] })).rejects.toMatchObject({
    code: "not_found",
  });
  await setAssignmentAccount(keyed.ctx, { ...keyed.input, account: "shared" });
  await expect(keyed.key(keyed.me, "k")).rejects.toMatchObject({ code: "not_found" });
});
