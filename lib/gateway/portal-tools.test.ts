import { describe, expect, test } from "vitest";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { CallEnd, CallRow } from "@/lib/activity/call-log";
import { aServerView, aToolView, aView } from "@/tests/support/view";
import type { CallRequest } from "./call";
import { buildCatalogue, narrowed } from "./catalogue";
import type { ContextMode } from "./context-mode";
import { CallSlots } from "./call-slots";
import { callPortalTool, portalToolOf } from "./portal-tools";
import type { Caller, CallResult, Ports } from "./ports";
import type { PortalView } from "./types";

const nobody = [{ id: "pol_1", name: "Nobody", action: "block" as const, include: [{ kind: "everyone" as const }], require: [], exclude: [] }];

function aCaller({ view = aView(), off = [], context = "search" }: { view?: PortalView; off?: string[]; context?: ContextMode } = {}): Caller {
  const catalogue = narrowed(buildCatalogue(view, { email: "a@acme.test", groups: [] }), new Set(off));
  const access = { allowed: true, policyId: "pol_2", policyName: "Everyone", by: "portal" as const };
  const who = { grantId: "gnt_1", id: "per_1", personId: "per_1", email: "a@acme.test", clientId: "cli_1", clientName: "Test", ip: "" };
  return { ...who, access, view, catalogue, context };
}

const outer: CallResult = { kind: "error", code: -32020, message: "a header of the outer call" };

function requestOf(name: string, args?: unknown, more: JsonObject = {}): CallRequest {
  const params = { ...more, name, ...(args !== undefined && { arguments: args }) };
  // What a portal tool touches of a request; the rest belongs to calls of servers.
  return {
    method: "tools/call",
    params,
    version: "2025-11-25",
    bytes: 1,
    startedAt: new Date(),
    mirrored: () => ({}),
    check: () => outer,
  } as unknown as CallRequest;
}

/** Calls a portal tool and tells what came back, what was recorded, and what was asked of the world outside. */
async function attempt(name: string, args?: unknown, { caller = aCaller(), inner, more }: { caller?: Caller; inner?: CallResult; more?: JsonObject } = {}) {
  const rows: CallRow[] = [];
  const ends: CallEnd[] = [];
  const switched: [string, boolean][] = [];
  const passed: CallRequest[] = [];
  const ports = {
    log: { open: async (row: CallRow) => void rows.push(row), close: (_: string, end: CallEnd) => void ends.push(end) },
    instanceId: "ins_1",
    now: () => new Date(),
    switchServer: async (_: Caller, server: { slug: string }, enabled: boolean) => void switched.push([server.slug, enabled]),
    slots: new CallSlots({ grant: 16, person: 16, organization: 16, server: 16 }),
  } as unknown as Ports;
  const request = requestOf(name, args, more);
  const tool = portalToolOf(caller, request);
  if (!tool) return { tool, rows, ends, switched, passed, result: undefined, content: undefined };
  const callServers = async (call: CallRequest) => {
    passed.push(call);
    return inner ?? ({ kind: "error", code: -32602, message: "unknown tool" } as const);
  };
  const answered = await callPortalTool(tool, { ports, caller, request, callServers });
  const result = answered.kind === "result" ? answered.result : undefined;
  return { tool, rows, ends, switched, passed, answered, result, content: result?.structuredContent as JsonObject | undefined };
}

describe("which tools a portal has of its own", () => {
  test.each<[ContextMode, string, boolean]>([
    ["full", "portal_list_servers", true],
    ["full", "portal_set_server", true],
    ["full", "portal_search_tools", false],
    ["full", "portal_execute_tool", false],
    ["names", "portal_search_tools", true],
    ["names", "portal_execute_tool", false],
    ["search", "portal_execute_tool", true],
    ["search", "portal_Execute_tool", false],
    ["search", "toString", false],
  ])("%s: %s is %s", async (context, name, there) => {
    expect(portalToolOf(aCaller({ context }), requestOf(name))).toBe(there ? name : null);
  });

  test("none without the switch, and none for other methods", () => {
    const off = aCaller({ view: aView({ portal: { portalTools: false } }) });
    expect(portalToolOf(off, requestOf("portal_list_servers"))).toBeNull();
    expect(portalToolOf(aCaller(), { ...requestOf("portal_list_servers"), method: "prompts/get" })).toBeNull();
  });
});

describe("portal_list_servers", () => {
  const view = aView({
    servers: [
      aServerView("jira", ["a", "b"]),
      aServerView("slack", ["c"], { status: "stale", errorMessage: "the server did not answer in time" }),
      aServerView("wiki", [], { status: "error", errorMessage: "nothing answers at the server's address; is the server running?" }),
      aServerView("new", [], { status: "waiting" }),
      aServerView("secret", ["d"], { policies: nobody }),
    ],
  });

  test("has the state and the reason of each server that this person may use, and no others", async () => {
    const { content } = await attempt("portal_list_servers", undefined, { caller: aCaller({ view, off: ["srv_jira", "srv_secret"] }) });
    expect(content?.servers).toEqual([
      { server: "jira", name: "jira", state: "off", reason: expect.stringContaining("portal_set_server"), tools: 2 },
      { server: "slack", name: "slack", state: "stale", reason: expect.stringContaining("lately: the server did not answer in time."), tools: 1 },
      { server: "wiki", name: "wiki", state: "error", reason: expect.stringContaining("is the server running."), tools: 0 },
      { server: "new", name: "new", state: "waiting", reason: expect.any(String), tools: 0 },
    ]);
  });

  test("says the same as text, and is on record without a server", async () => {
    const { result, content, rows, ends } = await attempt("portal_list_servers");
    expect(result?.content).toEqual([{ type: "text", text: JSON.stringify(content) }]);
    expect(content?.servers).toHaveLength(2);
    expect(rows).toMatchObject([
      { method: "tools/call", capabilityKind: "tool", capabilityName: "portal_list_servers", decision: "allowed", outcome: "pending" },
    ]);
    expect(rows[0]?.serverId).toBeUndefined();
    expect(ends).toMatchObject([{ outcome: "ok" }]);
  });
});

describe("portal_set_server", () => {
  test("switches a server off, and on again", async () => {
    const off = await attempt("portal_set_server", { server: "slack", enabled: false });
    expect([off.switched, off.content?.state]).toEqual([[["slack", false]], "off"]);
    const caller = aCaller({ off: ["srv_slack"] });
    const on = await attempt("portal_set_server", { server: "slack", enabled: true }, { caller });
    expect([on.switched, on.content?.state]).toEqual([[["slack", true]], "ready"]);
  });

  test("what is so already changes nothing", async () => {
    expect((await attempt("portal_set_server", { server: "slack", enabled: true })).switched).toEqual([]);
    const again = await attempt("portal_set_server", { server: "slack", enabled: false }, { caller: aCaller({ off: ["srv_slack"] }) });
    expect([again.switched, again.content?.state]).toEqual([[], "off"]);
  });

  test("ME-24: a forbidden server and one that never existed look the same, also for switching on", async () => {
    const caller = aCaller({ view: aView({ servers: [aServerView("jira", []), aServerView("secret", ["d"], { policies: nobody })] }), off: ["srv_secret"] });
    for (const enabled of [true, false]) {
      const secret = await attempt("portal_set_server", { server: "secret", enabled }, { caller });
      const never = await attempt("portal_set_server", { server: "nowhere", enabled }, { caller });
      expect(secret.result).toMatchObject({ isError: true });
      expect(JSON.stringify(secret.result).replaceAll("secret", "nowhere")).toBe(JSON.stringify(never.result));
      expect([secret.switched, secret.ends]).toMatchObject([[], [{ outcome: "tool_error" }]]);
    }
  });

  test.each<[string, unknown]>([
    ["no arguments", undefined],
    ["a list", []],
    ["a text for the switch", { server: "jira", enabled: "no" }],
    ["no server", { enabled: true }],
  ])("%s: the model reads what is wrong", async (_, args) => {
    const { result, switched, ends } = await attempt("portal_set_server", args);
    expect(result).toMatchObject({ isError: true, content: [{ type: "text", text: expect.stringMatching(/^`/) }] });
    expect([switched, ends]).toMatchObject([[], [{ outcome: "tool_error" }]]);
  });
});

describe("portal_search_tools", () => {
  test("returns full definitions, as many as are asked for, and how many match", async () => {
    const { content } = await attempt("portal_search_tools", { query: "issue", limit: 1 });
    expect(content).toEqual({ matches: 2, tools: [aToolView("get_issue").definition] });
  });

  test("finds nothing of a server that is off for this connection, or forbidden", async () => {
    const view = aView({ servers: [aServerView("jira", ["get_issue"]), aServerView("secret", ["get_secret_issue"], { policies: nobody })] });
    const { content } = await attempt("portal_search_tools", { query: "get issue" }, { caller: aCaller({ view, off: ["srv_jira"] }) });
    expect(content).toEqual({ matches: 0, tools: [] });
  });

  test("stops at a size that a client can take", async () => {
    const large = Array.from({ length: 20 }, (_, i) => aToolView(`tool_${i}`, { description: "x".repeat(60_000) }));
    const view = aView({ servers: [aServerView("jira", [], { capabilities: large })] });
    const { content } = await attempt("portal_search_tools", { query: "tool", limit: 20 }, { caller: aCaller({ view }) });
    expect(content?.matches).toBe(20);
    expect(content?.tools).toHaveLength(4);
  });
});

describe("portal_execute_tool", () => {
  const done: CallResult = { kind: "result", result: { content: [], x: 1 }, raw: '{"content":[],"x":1}', upstreamModern: true, entry: null };

  test("passes the call on as a direct one: name, arguments as they came, and every other member", async () => {
    const args = JSON.parse('{"text":"hi","__proto__":{"a":1},"constructor":2}') as JsonObject;
    const { answered, passed, ends } = await attempt("portal_execute_tool", { name: "send", arguments: args }, { inner: done, more: { requestState: "s" } });
    expect(answered).toBe(done);
    expect(JSON.stringify(passed[0]?.params)).toBe(JSON.stringify({ requestState: "s", name: "send", arguments: args }));
    expect(ends).toMatchObject([{ outcome: "ok", responseBytes: 20 }]);
  });

  test("a tool without arguments is called without", async () => {
    const { passed } = await attempt("portal_execute_tool", { name: "send" }, { inner: done });
    expect(passed[0]?.params).toEqual({ name: "send" });
  });

  test("makes the headers of the inner call from its own arguments, and looks for none in the outer", async () => {
    const inputSchema = { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } };
    const view = aView({ servers: [aServerView("jira", [], { capabilities: [aToolView("move", { inputSchema })] })] });
    const caller = aCaller({ view });
    const { passed } = await attempt("portal_execute_tool", { name: "move", arguments: { region: "eu" } }, { caller, inner: done });
    const entry = [...caller.catalogue.served.tool.values()][0];
    if (!entry) throw new Error("the fixture has a tool");
    expect([passed[0]?.mirrored(entry), passed[0]?.check(entry)]).toEqual([{ "mcp-param-region": "eu" }, null]);
  });

  test("an error of the inner call is the answer, and on record", async () => {
    const { answered, ends } = await attempt("portal_execute_tool", { name: "nowhere", arguments: {} });
    expect(answered).toEqual({ kind: "error", code: -32602, message: "unknown tool" });
    expect(ends).toMatchObject([{ outcome: "tool_error", errorCode: -32602 }]);
  });
});
