import type { JsonObject } from "@/drizzle/schema/servers";
import type { HookReply, RecordedCall, UpstreamOptions } from "./upstream";
import type { Talk } from "./upstream-talk";

/** A tool as listed; `run` makes its result and never travels. */
export type FixtureTool = {
  name: string;
  description?: string;
  inputSchema?: JsonObject;
  run?: (args: JsonObject) => JsonObject;
  talk?: Talk;
  [key: string]: unknown;
};
export type Fixture = {
  era: "legacy" | "modern" | "dual";
  stateful: boolean;
  options: UpstreamOptions;
  tools?: FixtureTool[];
  sessions: Set<string>;
  lostStatus: number;
};

const modern = "2026-07-28";
const versionKey = "io.modelcontextprotocol/protocolVersion";

/** The answer to one message, or null for a notification. */
export function answer(fixture: Fixture, call: RecordedCall, legacyVersion = "2025-11-25"): HookReply | null {
  const isModern = (call.params._meta as JsonObject | undefined)?.[versionKey] !== undefined;
  if (call.id === undefined) return null;
  if (call.method === null) return { status: 400, body: failure(null, -32700, "not a request") };
  if (isModern) return fixture.era === "legacy" ? oldServer(fixture, call) : modernAnswer(fixture, call);
  if (fixture.era === "modern") return { status: 400, body: failure(call.id, -32022, "unsupported", { supported: [modern] }) };
  if (call.method === "initialize") return { body: success(call.id, { protocolVersion: legacyVersion, ...identity(fixture) }) };
  if (fixture.stateful && !fixture.sessions.has(call.headers["mcp-session-id"] ?? "")) {
    return { status: call.headers["mcp-session-id"] ? fixture.lostStatus : 400, body: failure(null, -32000, "no session") };
  }
  return { body: outcome(fixture, call, false) };
}

const oldServer = (fixture: Fixture, call: RecordedCall): HookReply =>
  fixture.stateful ? { status: 400, body: failure(null, -32000, "Server not initialized") } : { body: failure(call.id, -32601, "Method not found") };

function modernAnswer(fixture: Fixture, call: RecordedCall): HookReply {
  if (call.headers["mcp-method"] !== call.method || call.headers["mcp-protocol-version"] !== modern) {
    return { status: 400, body: failure(call.id, -32020, "header mismatch") };
  }
  if (call.method === "server/discover") {
    const { serverInfo, ...rest } = identity(fixture);
    const result = { supportedVersions: [modern], ...rest, ttlMs: 0, cacheScope: "private", _meta: { "io.modelcontextprotocol/serverInfo": serverInfo } };
    return { body: success(call.id, { resultType: "complete", ...result }) };
  }
  const body = outcome(fixture, call, true);
  const unknown = (body.error as JsonObject | undefined)?.code === -32601;
  return { status: unknown ? 404 : 200, body };
}

function identity(fixture: Fixture) {
  const { prompts, resources, templates, instructions, capabilities: more } = fixture.options;
  const capabilities: JsonObject = { tools: { listChanged: true }, completions: {} };
  if (prompts === undefined || prompts.length > 0) capabilities.prompts = {};
  if (resources === undefined || templates === undefined || resources.length + templates.length > 0) capabilities.resources = {};
  Object.assign(capabilities, more);
  return { capabilities, serverInfo: { name: "fixture", version: "1.0.0" }, ...(instructions !== undefined && { instructions }) };
}

function outcome(fixture: Fixture, { id, method, params }: RecordedCall, isModern: boolean): JsonObject {
  const { options } = fixture;
  const complete = isModern ? { resultType: "complete" } : {};
  const list = (key: string, all: JsonObject[]) => success(id, { ...complete, ...page(key, all, params.cursor, options.pageSize ?? 1_000) });
  switch (method) {
    case "ping":
      return success(id, {});
    case "tools/list":
      return list(
        "tools",
        (fixture.tools ?? defaultTools).map(({ run: _, talk: __, ...tool }) => ({ inputSchema: { type: "object" }, ...tool })),
      );
    case "prompts/list":
      return list("prompts", options.prompts ?? [{ name: "greet", description: "Greets", arguments: [{ name: "who", required: true }] }]);
    case "resources/list":
      return list("resources", options.resources ?? [{ uri: "test://readme", name: "readme", mimeType: "text/plain" }]);
    case "resources/templates/list":
      return list("resourceTemplates", options.templates ?? [{ uriTemplate: "test://item/{id}", name: "item" }]);
    case "tools/call": {
      const tool = (fixture.tools ?? defaultTools).find(({ name }) => name === params.name);
      if (!tool) return failure(id, -32602, `unknown tool ${String(params.name)}`);
      const result = tool.run?.((params.arguments ?? {}) as JsonObject) ?? { content: [{ type: "text", text: `ran ${tool.name}` }] };
      return success(id, { ...complete, ...result });
    }
    case "prompts/get":
      return success(id, { ...complete, messages: [{ role: "user", content: { type: "text", text: `Hello ${JSON.stringify(params.arguments ?? {})}` } }] });
    case "resources/read":
      return success(id, { ...complete, contents: [{ uri: params.uri, mimeType: "text/plain", text: `content of ${String(params.uri)}` }] });
    case "completion/complete":
      return success(id, { ...complete, completion: { values: ["alpha", "beta"], hasMore: false } });
    case "resources/subscribe":
    case "resources/unsubscribe":
      return String(params.uri).startsWith("test://") ? success(id, {}) : failure(id, -32002, "Resource not found");
    case "logging/setLevel":
      return success(id, {});
    default:
      return failure(id, -32601, "Method not found");
  }
}

function page(key: string, all: JsonObject[], cursor: unknown, size: number): JsonObject {
  const from = Number(cursor ?? 0);
  return { [key]: all.slice(from, from + size), ...(from + size < all.length && { nextCursor: String(from + size) }) };
}

const defaultTools: FixtureTool[] = [
  {
    name: "echo",
    description: "Echoes a message",
    inputSchema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
    annotations: { readOnlyHint: true },
    run: ({ message }) => ({ content: [{ type: "text", text: `Echo: ${String(message)}` }] }),
  },
  {
    name: "get-sum",
    description: "Adds two numbers",
    inputSchema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
    run: ({ a, b }) => ({ content: [{ type: "text", text: `The sum of ${a} and ${b} is ${Number(a) + Number(b)}.` }] }),
  },
];

export const success = (id: unknown, result: JsonObject): JsonObject => ({ jsonrpc: "2.0", id, result });
const failure = (id: unknown, code: number, message: string, data?: JsonObject): JsonObject => ({
  jsonrpc: "2.0",
  id,
  error: { code, message, ...(data && { data }) },
});
