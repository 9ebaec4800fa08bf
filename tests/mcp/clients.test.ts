import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DELETE, GET, POST } from "@/app/mcp/[org]/[portal]/route";
import { toggles } from "@/drizzle/schema";
import type { CapabilityKind } from "@/drizzle/schema/servers";
import { sendUpstream } from "@/lib/mcp/upstream";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { loadTarget } from "@/lib/servers/credential";
import { forget, singleton } from "@/lib/singleton";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment, aServer } from "@/tests/support/factories";
import { startUpstream, type UpstreamOptions } from "@/tests/support/upstream";
import { aLivePortal, type LivePortal, mountsOf } from "./harness";

const db = await testDatabase();

const tools: UpstreamOptions["tools"] = [
  { name: "echo", run: ({ message }) => ({ content: [{ type: "text", text: `Echo: ${message}` }] }) },
  { name: "get-sum", run: ({ a, b }) => ({ content: [{ type: "text", text: `The sum is ${Number(a) + Number(b)}` }] }) },
];

/** Two upstreams of different eras behind one portal, spoken to over real sockets. */
async function aPortalOfTwo() {
  const old = await startUpstream({ era: "legacy", tools });
  const recent = await startUpstream({ era: "modern", tools: [{ name: "whoami" }], prompts: [], resources: [], templates: [] });
  const live = await aLivePortal(db, { url: old.url, send: sendUpstream, loadTarget });
  const second = await aServer(db, live.org.id, { url: recent.url, era: "modern", protocolVersion: "2026-07-28" });
  const more: [CapabilityKind, string][] = [
    ["tool", "get-sum"],
    ["prompt", "greet"],
    ["resource", "test://readme"],
    ["template", "test://item/{id}"],
  ];
  const own = await Promise.all(more.map(([kind, name], i) => aCapability(db, live.org.id, live.server.id, kind, name, { position: i + 1 })));
  const whoami = await aCapability(db, live.org.id, second.id, "tool", "whoami");
  await anAssignment(db, live.org.id, live.portal.id, live.server.id, [live.tool, ...own]);
  await anAssignment(db, live.org.id, live.portal.id, second.id, [whoami], { position: 1 });
  return { ...live, old, recent, second };
}

const live = await aPortalOfTwo();
const [fast] = await mountsOf(live);

beforeAll(() => {
  forget("endpoint");
  singleton("endpoint", () => Promise.resolve(live.endpoint));
});
afterAll(async () => {
  forget("endpoint");
  await Promise.all([live.old.close(), live.recent.close()]);
});

// The exported functions of the route file, as Next.js would call them.
const route =
  (portal: LivePortal): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    request.headers.set("host", "localhost:3000");
    const context = { params: Promise.resolve({ org: portal.org.slug, portal: portal.portal.slug }) };
    return (request.method === "GET" ? GET : request.method === "DELETE" ? DELETE : POST)(request, context);
  };

const mounts = [
  { name: "node:http", url: String(fast?.url), fetch },
  { name: "route handler", url: `http://localhost:3000${live.path}`, fetch: route(live) },
];

type Session = {
  list(): Promise<string[]>;
  call(name: string, args: Record<string, unknown>): Promise<{ isError?: boolean; text: string }>;
  prompt(name: string): Promise<string>;
  read(uri: string): Promise<string>;
  templates(): Promise<string[]>;
  version(): string | undefined;
  close(): Promise<void>;
};

const requestInit = { headers: { authorization: `Bearer ${live.token}` } };
const textOf = (content: unknown) => (content as { text?: string }[]).map(({ text }) => text).join("");

async function modernSession(mount: (typeof mounts)[number]): Promise<Session> {
  const client = new ModernClient({ name: "modern", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new ModernTransport(new URL(mount.url), { fetch: mount.fetch, requestInit }));
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => {
      const result = await client.callTool({ name, arguments: args });
      return { isError: result.isError, text: textOf(result.content) };
    },
    prompt: async (name) => JSON.stringify((await client.getPrompt({ name, arguments: { who: "Ana" } })).messages),
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    templates: async () => (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    version: () => client.getNegotiatedProtocolVersion(),
    close: () => client.close(),
  };
}

async function legacySession(mount: (typeof mounts)[number]): Promise<Session> {
  const client = new LegacyClient({ name: "legacy", version: "1" });
  const transport = new LegacyTransport(new URL(mount.url), { fetch: mount.fetch, requestInit });
  // The package's own types disagree under exactOptionalPropertyTypes-free settings only about `sessionId`.
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => {
      const result = await client.callTool({ name, arguments: args });
      return { isError: result.isError === true, text: textOf(result.content) };
    },
    prompt: async (name) => JSON.stringify((await client.getPrompt({ name, arguments: { who: "Ana" } })).messages),
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    templates: async () => (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    version: () => transport.protocolVersion,
    close: () => client.close(),
  };
}

const clients = [
  { client: "client 2.4 on 2026-07-28", open: modernSession, version: "2026-07-28" },
  { client: "sdk 1.32 on 2025-11-25", open: legacySession, version: "2025-11-25" },
];

describe.each(mounts.flatMap((mount) => clients.map((client) => ({ ...client, mount, on: mount.name }))))("$client over $on", ({ mount, open, version }) => {
  test("lists, calls, prompts and reads from both servers", async () => {
    const session = await open(mount);
    expect(session.version()).toBe(version);
    expect(await session.list()).toEqual(["echo", "get-sum", "whoami"]);
    expect(await session.call("echo", { message: "hi" })).toMatchObject({ text: "Echo: hi" });
    expect(await session.call("get-sum", { a: 2, b: 3 })).toMatchObject({ text: "The sum is 5" });
    expect(await session.call("whoami", {})).toMatchObject({ text: "ran whoami" });
    expect(await session.prompt("greet")).toContain("Ana");
    expect(await session.read("test://readme")).toBe("content of test://readme");
    expect(await session.templates()).toEqual(["test://item/{id}"]);
    expect(await session.read("test://item/7")).toBe("content of test://item/7");
    await session.close();
    const last = (await live.rows()).slice(-9);
    expect(new Set(last.map(({ outcome }) => outcome))).toEqual(new Set(["ok"]));
    expect(last.map(({ protocolVersion }) => protocolVersion)).toEqual(Array(9).fill(version));
  });

  test("a tool switched off is missing and refused from the next request on", async () => {
    const session = await open(mount);
    const toggle = (enabled: boolean) =>
      db.transaction(async (tx) => {
        await tx
          .update(toggles)
          .set({ enabled })
          .where(and(eq(toggles.portalId, live.portal.id), eq(toggles.capabilityId, live.tool.id)));
        await bumpAccessVersion(tx, live.org.id);
      });
    await session.list();
    await toggle(false);
    try {
      await expect(session.call("echo", { message: "hi" })).rejects.toThrow(/unknown tool: echo/);
      await expect(session.list()).resolves.not.toContain("echo");
    } finally {
      await toggle(true);
    }
    expect(await session.call("echo", { message: "again" })).toMatchObject({ text: "Echo: again" });
    await session.close();
  });
});

test("one upstream killed leaves the other working, and its calls say which is down", async () => {
  await live.recent.close();
  const mount = mounts[0];
  if (!mount) throw new Error("no mount");
  const session = await modernSession(mount);
  expect(await session.list()).toEqual(["echo", "get-sum", "whoami"]);
  const down = await session.call("whoami", {});
  expect(down.isError).toBe(true);
  expect(down.text).toContain(live.second.name);
  expect(await session.call("echo", { message: "still here" })).toMatchObject({ text: "Echo: still here" });
  expect((await live.rows()).find((row) => row.outcome === "unreachable")).toMatchObject({ serverId: live.second.id, requestedName: "whoami" });
  await session.close();
});
