import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { and, eq } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { assignments, mcpSessions, portalPolicies, serverPolicies, servers } from "@/drizzle/schema";
import { explainCall } from "@/lib/activity/explain";
import { getCall, listCalls } from "@/lib/activity/queries";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { checkPerson } from "@/lib/portals/check-person";
import { setPortalEnabled } from "@/lib/portals/commands";
import { revokeServiceToken } from "@/lib/service-tokens/commands";
import { testDatabase } from "@/tests/support/database";
import { readEvents } from "@/tests/support/event-reader";
import { aMember, aPolicy, contextOf } from "@/tests/support/factories";
import { aMachine, askedAt } from "@/tests/support/machine";
import { anEchoPortal, fakeUpstream, legacyHeaders, type Mount, message, modernHeaders, modernMessage, mountsOf } from "./harness";

const db = await testDatabase();

/** A portal with one tool, a service token that is bound to it, and an access token of that. */
async function aMachinePortal(parts: Parameters<typeof anEchoPortal>[1] = {}) {
  const upstream = fakeUpstream();
  const live = await anEchoPortal(db, { send: upstream.send, ...parts });
  await aMember(db, live.org.id, live.person.id, "owner");
  const ctx = contextOf(db, live.org, live.person, "owner");
  const made = await aMachine(ctx, live.portal);
  const buy = async () => (await askedAt(ctx, made, { resource: live.resource })).body.access_token;
  return { ...live, ctx, made, buy, upstream, machine: await buy(), mounts: await mountsOf(live) };
}

const echo = { name: "echo", arguments: { message: "hi" } };
const modernCall = (mount: Mount, token: string, params: object = echo) =>
  mount.send({ headers: modernHeaders(token, "tools/call", "echo"), body: modernMessage("tools/call", params) });
const legacyCall = (mount: Mount, token: string) => mount.send({ headers: legacyHeaders(token), body: message("tools/call", echo) });
const calls = { "2026-07-28": modernCall, "2025-11-25": legacyCall };
const eras = Object.keys(calls) as (keyof typeof calls)[];

const live = await aMachinePortal();

describe.each(live.mounts)("a service token on $name", (mount) => {
  const requestInit = { headers: { authorization: `Bearer ${live.machine}` } };
  const text = (content: unknown) => (content as { text?: string }[]).map((block) => block.text).join("");

  test("calls a tool with a client of 2026-07-28", async () => {
    const client = new ModernClient({ name: "cron", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
    await client.connect(new ModernTransport(new URL(mount.url), { fetch: mount.fetch, requestInit }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["echo"]);
    expect(text((await client.callTool(echo)).content)).toBe("Echo: hi");
    await client.close();
  });

  test("calls a tool with a client of 2025-11-25, in a session of its own", async () => {
    const client = new LegacyClient({ name: "cron", version: "1" });
    const transport = new LegacyTransport(new URL(mount.url), { fetch: mount.fetch, requestInit });
    // The package's own types disagree under exactOptionalPropertyTypes-free settings only about `sessionId`.
    await client.connect(transport as Parameters<typeof client.connect>[0]);
    expect(text((await client.callTool(echo)).content)).toBe("Echo: hi");
    const sessions = await db.select().from(mcpSessions).where(eq(mcpSessions.serviceTokenId, live.made.id));
    expect(sessions.map(({ personId }) => personId)).toContain(null);
    await client.close();
  });

  test.each(eras)("OA-31: is on record by its name, with why it was let in (%s)", async (era) => {
    expect((await calls[era](mount, live.machine)).json.result).toMatchObject({ content: [{ text: "Echo: hi" }] });
    const row = (await live.rows()).at(-1);
    const who = { personId: live.made.id, personEmail: "Nightly report", clientId: null, clientName: "Service token", decidedBy: "service_token" };
    expect(row).toMatchObject({ ...who, decision: "allowed", outcome: "ok", protocolVersion: era });
    expect(explainCall(await getCall(live.ctx, row?.id ?? ""))).toMatch(
      `Allowed: this service token is bound to the portal ${live.portal.name}. It was answered`,
    );
    expect((await listCalls(live.ctx, { person: "nightly" })).rows[0]?.id).toBe(row?.id);
  });

  test("goes on with its session when it has fetched another access token; no other service token does", async () => {
    const start = message("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } });
    const begun = await mount.send({ headers: { ...legacyHeaders(live.machine), "mcp-protocol-version": undefined }, body: start });
    const session = { "mcp-session-id": String(begun.headers.get("mcp-session-id")) };
    const ask = (token: string) => mount.send({ headers: { ...legacyHeaders(token), ...session }, body: message("tools/call", echo) });
    expect((await ask(await live.buy())).status).toBe(200);
    const other = await aMachine(live.ctx, live.portal, `Another on ${mount.name}`);
    const { body } = await askedAt(live.ctx, other, { resource: live.resource });
    for (const token of [body.access_token, live.token]) expect((await ask(token)).status).toBe(404);
  });
});

test("OA-31: nothing but its binding admits it: no policy has to, and another portal does not", async () => {
  const [here, there] = [await aMachinePortal(), await aMachinePortal()];
  await db.delete(portalPolicies).where(eq(portalPolicies.portalId, here.portal.id));
  await bumpAccessVersion(db, here.org.id);
  const [mount] = here.mounts as [Mount];
  expect((await modernCall(mount, here.machine)).status).toBe(200);
  expect((await modernCall(mount, here.token)).status).toBe(403);
  expect((await modernCall(mount, there.machine)).status).toBe(401);
});

test("OA-31: a server with policies of its own is closed to it, also to one that says everyone, and the record says why", async () => {
  const { org, server, ctx, machine, token, mounts, rows, upstream } = await aMachinePortal();
  const everyone = await aPolicy(db, org.id, [{ kind: "everyone" }]);
  await db.insert(serverPolicies).values({ orgId: org.id, serverId: server.id, policyId: everyone.id, position: 0 });
  await db.update(servers).set({ access: "policies" }).where(eq(servers.id, server.id));
  await bumpAccessVersion(db, org.id);
  const [mount] = mounts as [Mount];
  for (const era of eras) {
    expect((await calls[era](mount, machine)).json.error).toMatchObject({ code: -32602, message: "unknown tool: echo" });
    const row = (await rows()).at(-1);
    expect(row).toMatchObject({ personEmail: "Nightly report", decision: "denied", decidedBy: "service_token", outcome: "denied", serverId: server.id });
    expect(explainCall(await getCall(ctx, row?.id ?? ""))).toBe(
      `Denied: the server ${server.name} has policies of its own. They speak of people, so no service token gets in.`,
    );
  }
  expect((await mount.send({ headers: legacyHeaders(machine), body: message("tools/list") })).json.result).toMatchObject({ tools: [] });
  expect(upstream.asked).toEqual([]);
  expect((await modernCall(mount, token)).json.result).toMatchObject({ content: [{ text: "Echo: hi" }] });
});

test("OA-31: where each person uses an account of their own there is none for it: neither somebody's nor the shared one is looked up", async () => {
  const loadTarget = vi.fn(async () => null);
  const { portal, org, ctx, machine, mounts, rows, upstream } = await aMachinePortal({ loadTarget });
  await db
    .update(assignments)
    .set({ account: "personal" })
    .where(and(eq(assignments.orgId, org.id), eq(assignments.portalId, portal.id)));
  await bumpAccessVersion(db, org.id);
  const [mount] = mounts as [Mount];
  for (const era of eras) {
    const { status, json } = await calls[era](mount, machine);
    const said = JSON.stringify(json.result);
    expect([status, json.result?.isError]).toEqual([200, true]);
    expect(said).toMatch(/a service token has none; an admin can let this portal use the shared account/);
    expect(said).not.toContain("/connect/");
    const row = (await rows()).at(-1);
    expect(row).toMatchObject({ outcome: "refused", errorMessage: "no account" });
    expect(explainCall(await getCall(ctx, row?.id ?? ""))).toContain("a service token has none");
  }
  expect([loadTarget.mock.calls, upstream.asked]).toEqual([[], []]);
});

test.each(eras)("OA-31: revoked, the next request is 401 and its stream ends (%s)", async (era) => {
  const { ctx, made, machine, mounts, endpoint } = await aMachinePortal();
  const [mount] = mounts as [Mount];
  expect((await calls[era](mount, machine)).status).toBe(200);
  const notifications = { toolsListChanged: true };
  const listen = { method: "POST", body: modernMessage("subscriptions/listen", { notifications }) };
  const { "mcp-name": _, ...headers } = modernHeaders(machine, "subscriptions/listen");
  const stream = await readEvents(mount.fetch, mount.url, { ...listen, headers });
  expect(endpoint.ports.streams).toHaveProperty("size", 1);
  await revokeServiceToken(ctx, { serviceTokenId: made.id });
  expect((await calls[era](mount, machine)).status).toBe(401);
  await stream.ended;
});

test("a portal that is off refuses it in words, and admits it again when it is on", async () => {
  const { ctx, portal, machine, mounts } = await aMachinePortal();
  const [mount] = mounts as [Mount];
  await setPortalEnabled(ctx, { portalId: portal.id, enabled: false });
  const refused = await modernCall(mount, machine);
  expect([refused.status, refused.json.error?.message]).toEqual([403, expect.stringContaining("This portal is switched off.")]);
  await setPortalEnabled(ctx, { portalId: portal.id, enabled: true });
  expect((await modernCall(mount, machine)).status).toBe(200);
});

test("checking a person in its portal says what it said before", async () => {
  const { ctx, portal, person, server } = await aMachinePortal();
  expect(await checkPerson(ctx, portal.id, person.email)).toMatchObject({
    portal: { allowed: true, by: "portal" },
    servers: [{ id: server.id, access: { by: "portal" } }],
  });
});
