import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "@/drizzle/schema/servers";
import { testDatabase } from "@/tests/support/database";
import { connectPeer } from "@/tests/support/features/peers";
import { type AnyClient, fourClients, type Lists } from "./four-clients";
import { inspector } from "./inspector";
import { type NpmServer, npmServers } from "./npm-servers";
import { aPortalOf } from "./portal-of-six";

const db = await testDatabase();
const upstreams = await npmServers();
const { portal, clients, lists } = await open().catch(async (error) => {
  await upstreams.end();
  throw error;
});
const sdks = clients.slice(0, 2);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await portal.close();
  await upstreams.end();
});

async function open() {
  await upstreams.start();
  const portal = await aPortalOf(db, upstreams.servers);
  const clients = await fourClients(portal);
  const lists = new Map(await Promise.all(clients.map(async (client) => [client.name, await client.lists()] as const)));
  return { portal, clients, lists };
}

const textOf = (result: JsonObject) => ((result.content ?? []) as { text?: string }[]).map(({ text }) => text ?? "").join("");
const slug = ({ name }: AnyClient) => name.replaceAll(/\W+/g, "-");

/** One call of each server that works without a network, and what its answer has to hold. */
const calls: Record<string, (client: AnyClient) => Promise<unknown>> = {
  async Everything(client) {
    expect(textOf(await client.call("echo", { message: "hello" }))).toBe("Echo: hello");
    expect(textOf(await client.call("get-sum", { a: 2, b: 3 }))).toContain("is 5");
  },
  async Filesystem(client) {
    const path = join(upstreams.folder, `${slug(client)}.txt`);
    expect((await client.call("write_file", { path, content: client.name })).isError ?? false).toBe(false);
    expect(readFileSync(path, "utf8")).toBe(client.name);
    expect(textOf(await client.call("read_text_file", { path }))).toBe(client.name);
  },
  async MongoDB(client) {
    const { structuredContent } = await client.call("list-connections", {});
    expect(structuredContent).toEqual({ connections: [] });
  },
  async Git(client) {
    const path = join(upstreams.folder, `repo-${slug(client)}`);
    await client.call("git_init", { path });
    expect(existsSync(join(path, ".git"))).toBe(true);
    expect((await client.call("git_status", { path })).structuredContent).toMatchObject({ success: true, isClean: true });
  },
  async Notion(client) {
    expect(textOf(await client.call("API-get-self", {}))).toContain("API token is invalid.");
  },
  async "System Monitor"(client) {
    expect((await client.call("get-system-info", {})).structuredContent).toMatchObject({ arch: process.arch });
  },
};

describe("six servers from npm behind one portal", () => {
  test("are read, each in its era, and keep their own names", async () => {
    const eras = (await portal.rows()).map(({ name, era, protocolVersion, auth, status, notes }) => ({ name, era, protocolVersion, auth, status, notes }));
    const old = { era: "legacy", protocolVersion: "2025-11-25", auth: "none", status: "ready", notes: [] };
    const recent = { ...old, era: "modern", protocolVersion: "2026-07-28" };
    expect(eras).toEqual([
      { name: "Everything", ...old },
      { name: "Filesystem", ...recent },
      { name: "MongoDB", ...recent },
      { name: "Git", ...old },
      { name: "Notion", ...old, auth: "bearer" },
      { name: "System Monitor", ...old },
    ]);
    for (const { name, found, on, prefixed } of portal.assigned) expect({ name, on, prefixed }).toEqual({ name, on: found, prefixed: false });
  });

  describe("their lists", () => {
    // Of all that a definition may hold, only this is not part of the newer revision.
    const comparable = ({ tools, ...rest }: Lists) => ({ tools: tools.map(({ execution: _, ...tool }) => tool), ...rest });

    test.each(clients)("reach $name whole, in the order of the portal", ({ name }) => {
      const { tools, prompts, resources, resourceTemplates } = lists.get(name) as Lists;
      const kinds = { tool: tools.map((tool) => tool.name), prompt: prompts.map((prompt) => prompt.name) };
      const uris = { resource: resources.map(({ uri }) => uri), template: resourceTemplates.map(({ uriTemplate }) => uriTemplate) };
      expect({ ...kinds, ...uris }).toEqual(portal.names);
    });

    test("are the same for all of them, to the last member", () => {
      const [first, ...others] = clients.map(({ name }) => comparable(lists.get(name) as Lists));
      expect(first?.tools.length).toBeGreaterThan(100);
      for (const other of others) expect(other).toEqual(first);
    });
  });

  describe.each(clients)("$name", (client) => {
    test.each(Object.entries(calls))("calls %s", async (_name, call) => {
      await call(client);
    });

    test("gets prompts of two servers", async () => {
      expect(JSON.stringify(await client.prompt("args-prompt", { city: "Paris" }))).toContain("Paris");
      expect((await client.prompt("git_wrapup", {})).messages).toHaveLength(1);
    });

    test("reads resources: listed, expanded from a template, and of a server of the other era", async () => {
      expect(JSON.stringify(await client.read("demo://resource/static/document/features.md"))).toContain("text/markdown");
      expect(JSON.stringify(await client.read("demo://resource/dynamic/text/7"))).toContain("Resource 7");
      expect((await client.read("config://config")).contents).toHaveLength(1);
    });

    test("reads the page that a tool names as its user interface", async () => {
      const tool = lists.get(client.name)?.tools.find(({ name }) => name === "get-system-info");
      const { ui } = (tool as JsonObject)._meta as { ui: { resourceUri: string } };
      expect(ui.resourceUri).toMatch(/^ui:\/\//);
      const { contents } = await client.read(ui.resourceUri);
      expect(contents).toEqual([
        expect.objectContaining({ uri: ui.resourceUri, mimeType: "text/html;profile=mcp-app", text: expect.stringContaining("<html") }),
      ]);
    });

    test("reads in a server's own words why it cannot connect", async () => {
      const connectionString = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200";
      const result = await client.call("connect", { connectionString });
      expect(result.isError).toBe(true);
      expect(textOf(result)).toMatch(/^You need to connect to a MongoDB instance/);
    });
  });

  test.each(["legacy", "modern"] as const)("the Inspector, %s, finds the app of a tool", async (era) => {
    const found = await inspector(portal, era)("--method", "tools/call", "--tool-name", "get-system-info", "--app-info");
    expect(JSON.stringify(found)).toContain("ui://system-monitor/mcp-app.html");
  });

  describe.each(["old", "new"] as const)("a client of the SDK that can be asked (%s)", (kind) => {
    test.each([
      ["trigger-sampling-request", { prompt: "Capital of France?", maxTokens: 5 }, "sampling/createMessage", "Paris"],
      ["trigger-elicitation-request", {}, "elicitation/create", "Ada"],
      ["trigger-url-elicitation", { url: "https://a.test/", message: "m" }, "elicitation/create", "User completed"],
      ["get-roots-list", {}, "roots/list", "file:///home/ada"],
    ])("is asked by %s", async (tool, args, method, answer) => {
      const peer = await connectPeer(kind, portal);
      const { text } = await peer.call(tool, args);
      expect(peer.asked.map((question) => question.method)).toContain(method);
      expect(text).toContain(answer);
      await peer.close();
    });

    test("hears how far a long call has come", async () => {
      const peer = await connectPeer(kind, portal);
      const progress: unknown[] = [];
      // The newer SDK also reports rounds of its own, such as when the server asks for roots, and gives them no total.
      const onProgress = (step: { total?: number }) => void (step.total && progress.push(step));
      const { text } = await peer.call("trigger-long-running-operation", { duration: 1, steps: 4 }, { onProgress });
      expect(text).toContain("completed");
      expect(progress).toEqual([1, 2, 3, 4].map((step) => ({ progress: step, total: 4 })));
      await peer.close();
    });
  });
});

const repository = join(upstreams.folder, "repository");

/** A tool of each server whose call changes nothing. */
const harmless: Record<string, [tool: string, args: JsonObject]> = {
  Everything: ["echo", { message: "still there" }],
  Filesystem: ["list_allowed_directories", {}],
  MongoDB: ["list-connections", {}],
  Git: ["git_status", { path: repository }],
  Notion: ["API-get-self", {}],
  "System Monitor": ["get-system-info", {}],
};

describe("a server that is killed", () => {
  const call = (client: AnyClient, name: string) => client.call(...(harmless[name] as [string, JsonObject]));
  beforeAll(async () => {
    await sdks[0]?.call("git_init", { path: repository });
  });

  test.each(upstreams.servers)("$name: is named, disturbs nobody, and works again once it is back", async (victim: NpmServer) => {
    for (const sdk of sdks) expect((await call(sdk, victim.name)).isError ?? false).toBe(false);
    await victim.kill();
    for (const sdk of sdks) {
      const failed = await call(sdk, victim.name);
      expect(failed.isError).toBe(true);
      expect(textOf(failed)).toMatch(new RegExp(`^${victim.name}: nothing answers at the server's address; is the server running\\? \\(call `));
      for (const { name } of upstreams.servers) if (name !== victim.name) expect((await call(sdk, name)).isError ?? false, name).toBe(false);
      expect((await sdk.lists()).tools.map(({ name }) => name)).toEqual(portal.names.tool);
    }
    await victim.start();
    for (const sdk of sdks) expect((await call(sdk, victim.name)).isError ?? false).toBe(false);
  });
});

test("every call is on record, with the server it went to", async () => {
  const before = (await portal.recorded()).length;
  for (const call of Object.values(calls)) await call(sdks[0] as AnyClient);
  const rows = (await portal.recorded()).slice(before).filter(({ method }) => method === "tools/call");
  const servers = new Map((await portal.rows()).map(({ id, name }) => [id, name]));
  expect(new Set(rows.map(({ serverId }) => servers.get(serverId ?? "")))).toEqual(new Set(Object.keys(calls)));
  for (const { outcome } of rows) expect(outcome).toBe("ok");
});
