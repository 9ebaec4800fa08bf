import { and, eq } from "drizzle-orm";
import { afterEach, describe, expect, test } from "vitest";
import { auditEvents, capabilities, servers, toggles } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment, anOrg, aPortal, aServer } from "@/tests/support/factories";
import { startUpstream, type Upstream, type UpstreamOptions } from "@/tests/support/upstream";
import { setServerSecret, updateServer } from "./commands";
import { probeServer } from "./probe";
import { getServer, listCapabilities } from "./queries";
import { syncDueServers } from "./scheduler";
import { syncServer } from "./sync";

const db = await testDatabase();
const open: Upstream[] = [];
afterEach(async () => {
  for (const upstream of open.splice(0)) await upstream.close();
});

async function start(options: UpstreamOptions = {}) {
  const upstream = await startUpstream(options);
  open.push(upstream);
  return upstream;
}

/** A server that was just added, pointing at the upstream. */
async function added(upstream: { url: string }) {
  const { ctx, org } = await anOrg(db);
  const server = await aServer(db, org.id, { url: upstream.url, status: "waiting", transport: null, era: null });
  return { ctx, org, server, sync: (now = new Date()) => syncServer(db, { orgId: org.id, serverId: server.id }, ctx.actor, now) };
}
const states = async (ctx: OrgContext, serverId: string) =>
  Object.fromEntries((await listCapabilities(ctx, serverId, { kind: "tool" })).map(({ name, state }) => [name, state]));

test("the first sync stores and approves everything, and says what the server is", async () => {
  const { ctx, server, sync } = await added(await start({ era: "modern", pageSize: 1 }));
  expect(await sync()).toEqual({ kind: "done", added: 5, changed: 0, gone: 0 });
  expect(await getServer(ctx, server.id)).toMatchObject({
    status: "ready",
    era: "modern",
    protocolVersion: "2026-07-28",
    isSyncing: false,
    syncProgress: null,
  });
  expect(new Set((await listCapabilities(ctx, server.id)).map((row) => row.state))).toEqual(new Set(["approved"]));
});

test("later: arrivals are new and off in portals, changes withheld, the gone marked and welcomed back", async () => {
  const upstream = await start();
  const { ctx, org, server, sync } = await added(upstream);
  await sync();
  const portal = await aPortal(db, org.id);
  await anAssignment(db, org.id, portal.id, server.id);
  upstream.setTools([{ name: "echo", description: "Changed" }, { name: "late" }]);
  expect(await sync()).toMatchObject({ kind: "done", added: 1, changed: 1, gone: 1 });
  expect(await states(ctx, server.id)).toEqual({ echo: "changed", late: "new", "get-sum": "gone" });
  const [toggle] = await db.select().from(toggles).where(eq(toggles.portalId, portal.id));
  expect(toggle).toMatchObject({ exposedName: "late", enabled: false, decided: false });
  upstream.setTools([{ name: "get-sum" }]);
  await sync();
  expect((await states(ctx, server.id))["get-sum"]).not.toBe("gone");
  const events = await db
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.targetId, server.id), eq(auditEvents.action, "server.synced")));
  expect(events).toHaveLength(3);
});

test("bad definitions: duplicates, control characters, HTML and hidden characters, none of which breaks the rest", async () => {
  const upstream = await start({
    tools: [
      { name: "fine" },
      { name: "fine", description: "second" },
      { name: "bad\u0007name" },
      { name: "html", description: "<script>alert(1)</script>" },
      { name: "hidden", description: "a\u200bb" },
      { name: "nul", description: "a\0b" },
    ],
  });
  const { ctx, server, sync } = await added(upstream);
  await sync();
  expect(await states(ctx, server.id)).toEqual({ fine: "approved", html: "approved", hidden: "new", nul: "approved" });
  const { notes, status } = await getServer(ctx, server.id);
  expect(status).toBe("ready");
  expect(notes.join("\n")).toMatch(/`fine` was left out: is there twice[\s\S]*bad.name` was left out/);
});

describe("a server that cannot be read", () => {
  test.each<[string, UpstreamOptions, string, RegExp]>([
    ["a wrong path", { hook: () => ({ status: 404 }) }, "not_found", /path/],
    ["a web page", { hook: () => ({ headers: { "content-type": "text/html" }, body: "<html>" }) }, "not_mcp", /web page/],
    ["a wrong bearer", { bearer: "right" }, "unauthorized", /credential/],
    ["5,000 tools", { tools: Array.from({ length: 5_000 }, (_, i) => ({ name: `t${i}` })), pageSize: 5_000 }, "too_many", /5,000/],
  ])("%s: error, a cause and a sentence, nothing stored", async (_name, options, cause, words) => {
    const { ctx, server, sync } = await added(await start(options));
    expect(await sync()).toMatchObject({ kind: "failed", message: expect.stringMatching(words) });
    expect(await getServer(ctx, server.id)).toMatchObject({ status: "error", errorCause: cause, errorMessage: expect.stringMatching(words), isSyncing: false });
    expect(await listCapabilities(ctx, server.id)).toEqual([]);
  });

  test("a dead port after a success: stale, and what it offered stays", async () => {
    const upstream = await startUpstream();
    const { ctx, server, sync } = await added(upstream);
    await sync();
    await upstream.close();
    await sync();
    expect(await getServer(ctx, server.id)).toMatchObject({ status: "stale", errorCause: "refused" });
    expect(Object.values(await states(ctx, server.id))).toEqual(["approved", "approved"]);
  });
});

test("one sync at a time; an old lease is taken over", async () => {
  const { server, sync } = await added(await start());
  const now = new Date();
  await db
    .update(servers)
    .set({ syncLeaseUntil: new Date(now.getTime() + 60_000) })
    .where(eq(servers.id, server.id));
  expect(await sync(now)).toEqual({ kind: "busy" });
  expect(await sync(new Date(now.getTime() + 120_000))).toMatchObject({ kind: "done" });
});

test("UP-20: an address changed while the old one is read keeps nothing of the old one", async () => {
  let change = async () => {};
  const body = ({ id }: { id: unknown }) => JSON.stringify({ jsonrpc: "2.0", id, result: { tools: [{ name: "echo", inputSchema: {} }] } });
  const upstream = await start({
    hook: (call) =>
      call.method === "tools/list" ? (res) => void change().then(() => res.writeHead(200, { "content-type": "application/json" }).end(body(call))) : undefined,
  });
  const { ctx, server, sync } = await added(upstream);
  change = async () => {
    await updateServer(ctx, { serverId: server.id, url: "https://other.test/mcp", name: "x", description: "", callTimeoutSeconds: 60 });
  };
  expect(await sync()).toMatchObject({ kind: "failed", message: expect.stringMatching(/changed while it was read/) });
  expect(await states(ctx, server.id)).toEqual({});
  expect(await getServer(ctx, server.id)).toMatchObject({ status: "waiting", isSyncing: false });
});

test("the schedule synchronises what is due, with the stored credential", async () => {
  const upstream = await start({ bearer: "t0k" });
  const { ctx, server } = await added(upstream);
  await setServerSecret(ctx, { serverId: server.id, auth: "bearer", token: "t0k", headerName: [], headerValue: [] });
  const elsewhere = await aCapability(db, ctx.org.id, server.id, "tool", "old");
  expect(await syncDueServers(db, new Date())).toBeGreaterThan(0);
  expect((await getServer(ctx, server.id)).status).toBe("ready");
  const [old] = await db.select().from(capabilities).where(eq(capabilities.id, elsewhere.id));
  expect(old?.missingSince).not.toBeNull();
});

test("the probe says what is there, without storing anything", async () => {
  const { ctx } = await anOrg(db);
  const upstream = await start({ bearer: "t0k" });
  const bare = { url: upstream.url, auth: "none" as const, token: "", headerName: [], headerValue: [] };
  expect(await probeServer(ctx, { ...bare, auth: "bearer", token: "t0k" })).toMatchObject({ kind: "mcp", words: "speaks MCP 2025-11-25, 2 tools" });
  expect(await probeServer(ctx, bare)).toMatchObject({ kind: "unauthorized" });
  expect(await probeServer(ctx, { ...bare, url: "http://10.0.0.1/mcp" })).toMatchObject({ kind: "failed", words: expect.stringMatching(/private network/) });
});
