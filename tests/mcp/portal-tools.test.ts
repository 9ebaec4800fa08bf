import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { and, eq } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { assignments, grants, portals, serverPolicies, toggles } from "@/drizzle/schema";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { testDatabase } from "@/tests/support/database";
import { aCapability, aGrant, anAssignment, aPolicy, aServer } from "@/tests/support/factories";
import { aLivePortal, fakeUpstream, legacyHeaders, type Mount, message, modernHeaders, modernMessage, mountsOf } from "./harness";

const db = await testDatabase();
type Settings = Partial<Pick<typeof portals.$inferSelect, "portalTools" | "contextMode">>;
type Ask = { query?: string; token?: string };

const ways = ["node:http", "route handler"].flatMap((mount) => ["legacy", "modern"].map((era) => [mount, era] as const));
const own = ["portal_list_servers", "portal_set_server", "portal_search_tools", "portal_execute_tool"];

/** A portal with tools of its own and three servers: two for everybody, one that a policy keeps from all. */
async function aPortal(settings: Settings = { portalTools: true }) {
  const upstream = fakeUpstream();
  const live = await aLivePortal(db, { send: upstream.send });
  const { org, portal, server } = live;
  await db.update(portals).set(settings).where(eq(portals.id, portal.id));
  const description = "Finds wiki pages. It takes words.";
  const inputSchema = { type: "object", properties: { words: { type: "string" } } };
  const [wiki, walled] = [await aServer(db, org.id, { slug: `wiki${portal.id.slice(-6)}` }), await aServer(db, org.id, { access: "policies" })];
  const search = await aCapability(db, org.id, wiki.id, "tool", "find_pages", { definition: { name: "find_pages", description, inputSchema } });
  const greet = await aCapability(db, org.id, wiki.id, "prompt", "greet");
  const off = await aCapability(db, org.id, server.id, "tool", "off");
  const forbidden = await aCapability(db, org.id, walled.id, "tool", "forbidden");
  await anAssignment(db, org.id, portal.id, server.id, [live.tool, off]);
  await anAssignment(db, org.id, portal.id, wiki.id, [search, greet], { position: 1 });
  await anAssignment(db, org.id, portal.id, walled.id, [forbidden], { position: 2 });
  await db.update(toggles).set({ enabled: false }).where(eq(toggles.capabilityId, off.id));
  const nobody = await aPolicy(db, org.id, [{ kind: "everyone" }], { action: "block" });
  await db.insert(serverPolicies).values({ orgId: org.id, serverId: walled.id, policyId: nobody.id, position: 0 });
  await bumpAccessVersion(db, org.id);
  return { ...live, upstream, wiki, walled, search, definition: { name: "find_pages", description, inputSchema }, mounts: await mountsOf(live) };
}

/** Speaks to one mount in one era. */
function speaking(live: Awaited<ReturnType<typeof aPortal>>, mountName: string, era: string) {
  const mount = live.mounts.find(({ name }) => name === mountName) as Mount;
  const ask = async (method: string, params: { name?: string; [key: string]: unknown } = {}, { query, token = live.token }: Ask = {}) => {
    const sent =
      era === "legacy"
        ? { headers: legacyHeaders(token), body: message(method, params) }
        : { headers: modernHeaders(token, method, params.name), body: modernMessage(method, params) };
    return (await mount.send({ query, ...sent })).json;
  };
  const call = async (name: string, args?: object, more?: Ask) => ask("tools/call", { name, ...(args && { arguments: args }) }, more);
  const list = async (more?: Ask) => (await ask("tools/list", {}, more)).result?.tools as { name: string; [key: string]: unknown }[];
  const names = async (more?: Ask) => (await list(more)).map(({ name }) => name);
  return { mount, ask, call, list, names };
}

describe.each(ways)("the portal's own tools (%s, %s)", (mountName, era) => {
  test("are not there unless an admin switches them on, and no address brings them", async () => {
    const live = await aPortal({ contextMode: "search" });
    const { names, call } = speaking(live, mountName, era);
    for (const query of ["", "?context=search", "?context=names"]) {
      expect(await names({ query })).toEqual(["echo", "find_pages"]);
      for (const name of own) expect((await call(name, {}, { query })).error).toEqual({ code: -32602, message: `unknown tool: ${name}` });
    }
    expect((await live.rows()).filter((row) => row.method === "tools/call").map((row) => row.outcome)).toEqual(Array(12).fill("unknown"));
  });

  test("stand first in the list, and the client or the portal says how the others follow", async () => {
    const live = await aPortal();
    const { list, names } = speaking(live, mountName, era);
    expect(await names()).toEqual([...own.slice(0, 2), "echo", "find_pages"]);
    expect((await list({ query: "?context=full" })).at(-1)).toEqual(live.definition);
    expect(await names({ query: "?context=names" })).toEqual([...own.slice(0, 3), "echo", "find_pages"]);
    expect((await list({ query: "?a=b&context=names" })).at(-1)).toEqual({
      name: "find_pages",
      description: "Finds wiki pages.",
      inputSchema: { type: "object" },
    });
    expect(await names({ query: "?context=search" })).toEqual(own);
    expect(await names({ query: "?context=everything" })).toEqual([...own.slice(0, 2), "echo", "find_pages"]);
    await db.update(portals).set({ contextMode: "search" }).where(eq(portals.id, live.portal.id));
    await bumpAccessVersion(db, live.org.id);
    expect(await names()).toEqual(own);
    expect(await names({ query: "?context=full" })).toEqual([...own.slice(0, 2), "echo", "find_pages"]);
  });

  test("what is not listed cannot be called", async () => {
    const live = await aPortal();
    const { call } = speaking(live, mountName, era);
    expect((await call("portal_execute_tool", { name: "echo", arguments: {} }, { query: "?context=names" })).error?.code).toBe(-32602);
    expect((await call("portal_search_tools", { query: "echo" })).error?.code).toBe(-32602);
    expect(live.upstream.asked).toEqual([]);
  });

  test("a search finds whole definitions, of what this person may use only", async () => {
    const live = await aPortal({ portalTools: true, contextMode: "names" });
    const { call } = speaking(live, mountName, era);
    expect((await call("portal_search_tools", { query: "wiki pages" })).result?.structuredContent).toEqual({ matches: 1, tools: [live.definition] });
    expect((await call("portal_search_tools", { query: "off forbidden" })).result?.structuredContent).toEqual({ matches: 0, tools: [] });
  });

  test("executing answers as a direct call does, and each of the two has its row", async () => {
    const live = await aPortal({ portalTools: true, contextMode: "search" });
    const { call } = speaking(live, mountName, era);
    const direct = await call("echo", { message: "hi" });
    expect(await call("portal_execute_tool", { name: "echo", arguments: { message: "hi" } })).toEqual(direct);
    expect(live.upstream.asked.map(({ request }) => request.params)).toEqual(Array(2).fill({ name: "echo", arguments: { message: "hi" } }));
    const rows = await live.rows();
    expect(rows).toHaveLength(3);
    expect(rows.slice(1)).toMatchObject([
      { method: "tools/call", requestedName: "portal_execute_tool", capabilityName: "portal_execute_tool", serverId: null, outcome: "ok" },
      { method: "tools/call", requestedName: "echo", capabilityName: "echo", serverId: live.server.id, decision: "allowed", outcome: "ok" },
    ]);
  });

  test("ME-24: executing passes the same checks: what is off, forbidden, unknown or the portal's own is unknown, and nobody is asked", async () => {
    const live = await aPortal({ portalTools: true, contextMode: "search" });
    const { call } = speaking(live, mountName, era);
    for (const name of ["off", "forbidden", "nowhere"]) {
      const direct = await call(name, {});
      expect(direct.error).toEqual({ code: -32602, message: `unknown tool: ${name}` });
      expect(await call("portal_execute_tool", { name, arguments: {} })).toEqual(direct);
    }
    for (const name of own) expect((await call("portal_execute_tool", { name, arguments: {} })).error?.code).toBe(-32602);
    expect(live.upstream.asked).toEqual([]);
    const inner = (await live.rows()).filter((row) => row.capabilityName !== "portal_execute_tool");
    expect(inner.map((row) => [row.requestedName, row.decidedBy])).toEqual([
      ...[
        ["off", "toggle"],
        ["off", "toggle"],
      ],
      ...[
        ["forbidden", "server"],
        ["forbidden", "server"],
      ],
      ...[
        ["nowhere", "none"],
        ["nowhere", "none"],
      ],
      ...own.map((name) => [name, "none"]),
    ]);
  });

  test("a server switched off is gone for this grant from the next request on, for no other, and comes back", async () => {
    const live = await aPortal({ portalTools: true });
    const { ask, call, names } = speaking(live, mountName, era);
    const other = await aGrant(db, live.portal, live.person.id, live.resource);
    const prompts = async () => ((await ask("prompts/list")).result?.prompts ?? []) as unknown[];
    expect([await names(), await prompts()]).toEqual([[...own.slice(0, 2), "echo", "find_pages"], [{ name: "greet" }]]);

    const set = await call("portal_set_server", { server: live.wiki.slug, enabled: false });
    expect(set.result?.structuredContent).toMatchObject({ server: live.wiki.slug, state: "off", tools: 1 });
    expect([await names(), await prompts()]).toEqual([[...own.slice(0, 2), "echo"], []]);
    expect((await call("find_pages", {})).error).toEqual({ code: -32602, message: "unknown tool: find_pages" });
    expect((await call("portal_execute_tool", { name: "find_pages" }, { query: "?context=search" })).error).toEqual({
      code: -32602,
      message: "unknown tool: find_pages",
    });
    expect(await names({ token: other.token })).toEqual([...own.slice(0, 2), "echo", "find_pages"]);
    const denied = (await live.rows()).filter((row) => row.requestedName === "find_pages");
    expect(denied).toMatchObject(Array(2).fill({ decision: "denied", decidedBy: "grant", outcome: "denied", serverId: live.wiki.id, policyId: null }));

    await call("portal_set_server", { server: live.wiki.slug, enabled: true });
    expect(await names()).toEqual([...own.slice(0, 2), "echo", "find_pages"]);
    expect(live.upstream.asked).toEqual([]);
  });

  test("ME-24: switching on brings back nothing that an admin took away", async () => {
    const live = await aPortal({ portalTools: true });
    const { call, names } = speaking(live, mountName, era);
    await call("portal_set_server", { server: live.wiki.slug, enabled: false });
    await db.update(toggles).set({ enabled: false }).where(eq(toggles.capabilityId, live.search.id));
    await bumpAccessVersion(db, live.org.id);
    expect((await call("portal_set_server", { server: live.wiki.slug, enabled: true })).result?.structuredContent).toMatchObject({ state: "ready", tools: 0 });
    expect(await names()).toEqual([...own.slice(0, 2), "echo"]);
    await db.delete(assignments).where(and(eq(assignments.portalId, live.portal.id), eq(assignments.serverId, live.wiki.id)));
    await bumpAccessVersion(db, live.org.id);
    for (const server of [live.wiki.slug, live.walled.slug, "nowhere"]) {
      const { result } = await call("portal_set_server", { server, enabled: true });
      expect(result).toMatchObject({ isError: true, content: [{ text: `there is no server \`${server}\` here; portal_list_servers lists them` }] });
    }
    expect((await db.select({ off: grants.serversOff }).from(grants).where(eq(grants.id, live.grant.id)))[0]).toEqual({ off: [] });
  });
});

describe("clients of the SDKs", () => {
  test.each(["node:http", "route handler"])("take the definitions and the structured results (%s)", async (mountName) => {
    const live = await aPortal({ portalTools: true, contextMode: "search" });
    const mount = live.mounts.find(({ name }) => name === mountName) as Mount;
    const requestInit = { headers: { authorization: `Bearer ${live.token}` } };
    const legacy = new LegacyClient({ name: "legacy", version: "1" });
    await legacy.connect(new LegacyTransport(new URL(mount.url), { fetch: mount.fetch, requestInit }));
    const modern = new ModernClient({ name: "modern", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
    await modern.connect(new ModernTransport(new URL(`${mount.url}?context=names`), { fetch: mount.fetch, requestInit }));
    // Listing first: the clients then hold every structured result against its output schema.
    expect((await legacy.listTools()).tools.map(({ name }) => name)).toEqual(own);
    expect((await modern.listTools()).tools.map(({ name }) => name)).toEqual([...own.slice(0, 3), "echo", "find_pages"]);
    for (const client of [legacy, modern]) {
      const servers = await client.callTool({ name: "portal_list_servers", arguments: {} });
      expect(servers.structuredContent).toMatchObject({ servers: [{ server: live.server.slug, state: "ready" }, { server: live.wiki.slug }] });
      expect((await client.callTool({ name: "portal_search_tools", arguments: { query: "pages" } })).structuredContent).toMatchObject({ matches: 1 });
    }
    expect(await legacy.callTool({ name: "portal_execute_tool", arguments: { name: "echo", arguments: { message: "hi" } } })).toMatchObject({
      content: [{ type: "text", text: "Echo: hi" }],
    });
    await Promise.all([legacy.close(), modern.close()]);
  });
});

describe("an open stream", () => {
  test.each(["node:http", "route handler"])("hears at once that its person switched a server off (%s)", async (mountName) => {
    const live = await aPortal({ portalTools: true });
    const { mount, call } = speaking(live, mountName, "legacy");
    const controller = new AbortController();
    const params = { notifications: { toolsListChanged: true } };
    const headers = modernHeaders(live.token, "subscriptions/listen") as Record<string, string>;
    const { "mcp-name": _, ...sent } = headers;
    const answer = await mount.fetch(mount.url, {
      method: "POST",
      headers: sent,
      body: modernMessage("subscriptions/listen", params),
      signal: controller.signal,
    });
    let heard = "";
    const reading = (async () => {
      for await (const chunk of answer.body ?? []) heard += Buffer.from(chunk as Uint8Array).toString();
    })().catch(() => {});
    await vi.waitFor(() => expect(heard).toContain("notifications/subscriptions/acknowledged"));
    expect(heard).not.toContain("list_changed");
    await call("portal_set_server", { server: live.wiki.slug, enabled: false });
    await vi.waitFor(() => expect(heard).toContain("notifications/tools/list_changed"));
    controller.abort();
    await reading;
    live.endpoint.quiet();
  });
});
