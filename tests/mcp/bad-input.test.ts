import { describe, expect, test } from "vitest";
import { limits } from "@/lib/limits";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment, aPolicy, aServer } from "@/tests/support/factories";
import { serverPolicies } from "@/drizzle/schema";
import { anEchoPortal, fakeUpstream, legacyHeaders, message, modernHeaders, modernMessage, modernMeta, mountsOf, type Sent } from "./harness";

const db = await testDatabase();
const needsSampling = { code: -32021, message: "sampling is needed", data: { requiredCapabilities: { sampling: {} } } };
const upstream = fakeUpstream(({ params }) =>
  JSON.stringify(params).includes("sampling please")
    ? { kind: "error", bytes: 1, error: needsSampling }
    : { kind: "result", bytes: 1, result: { content: [{ type: "text", text: "" }] } },
);
const live = await anEchoPortal(db, { send: upstream.send });
const forbidden = await aServer(db, live.org.id, { access: "policies", serverCapabilities: { resources: { subscribe: true } } });
const plan = await aCapability(db, live.org.id, forbidden.id, "resource", "file:///plan");
const launch = await aCapability(db, live.org.id, forbidden.id, "tool", "launch");
await anAssignment(db, live.org.id, live.portal.id, forbidden.id, [plan, launch], { position: 1 });
const nobody = await aPolicy(db, live.org.id, [{ kind: "email", email: "nobody@else.test" }]);
await db.insert(serverPolicies).values({ orgId: live.org.id, serverId: forbidden.id, policyId: nobody.id, position: 0 });
const mounts = await mountsOf(live);
const { token } = live;

type Era = {
  era: string;
  headers(method: string, name?: string): Record<string, string | undefined>;
  body(method: string, params?: object, id?: unknown): string;
};
const eras: Era[] = [
  { era: "2025-11-25", headers: () => legacyHeaders(token), body: message },
  { era: "2026-07-28", headers: (method, name) => modernHeaders(token, method, name), body: modernMessage },
];
const cases = mounts.flatMap((mount) => eras.map((era) => ({ mount: mount.name, send: mount.send, ...era })));
const call = { name: "echo", arguments: {} };

describe.each(cases)("$era on $mount", ({ send, headers, body, era }) => {
  const list = headers("tools/list");
  const nested = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as unknown;

  test.each<[string, Sent, number, number | null]>([
    ["a body over the limit", { headers: list, body: body("tools/list", { x: "y".repeat(limits.mcpBodyBytesMax) }) }, 413, null],
    [
      "one that only says that it is",
      { headers: { ...list, "content-length": String(limits.mcpBodyBytesMax + 1) }, method: "POST", body: body("tools/list") },
      413,
      null,
    ],
    ["another content type", { headers: { ...list, "content-type": "text/json" }, body: body("tools/list") }, 415, null],
    ["a form", { headers: { ...list, "content-type": "application/x-www-form-urlencoded" }, body: body("tools/list") }, 415, null],
    ["a content type that only begins like JSON", { headers: { ...list, "content-type": "application/jsonp" }, body: body("tools/list") }, 415, null],
    ["a content encoding", { headers: { ...list, "content-encoding": "identity" }, body: body("tools/list") }, 415, null],
    ["a body too deep", { headers: list, body: body("tools/list", { x: nested(limits.jsonDepthMax) }) }, 400, -32600],
    ["a body of too many elements", { headers: list, body: body("tools/list", { x: Array(limits.jsonElementsMax).fill(0) }) }, 400, -32600],
    ["a batch", { headers: list, body: `[${body("tools/list")},${body("tools/list", {}, 2)}]` }, 400, -32600],
    ["an empty batch", { headers: list, body: "[]" }, 400, -32600],
    ["an empty body", { headers: list, body: "" }, 400, -32700],
    ["half a body", { headers: list, body: body("tools/list").slice(0, -1) }, 400, -32700],
    ["two bodies", { headers: list, body: body("tools/list").repeat(2) }, 400, -32700],
    ["member names in another case", { headers: list, body: body("tools/list").replace('"method"', '"Method"') }, 400, -32600],
  ])("%s", async (_name, sent, status, code) => {
    // A length that is not the body's cannot be sent through a Request.
    const got = await send(sent).catch(() => null);
    if (got === null) return expect(sent.headers?.["content-length"]).toBeDefined();
    expect([got.status, got.json.error?.code ?? null]).toEqual([status, code]);
    expect(upstream.asked).toHaveLength(0);
  });

  test.each<[string, string, unknown, number]>([
    ["a cursor that we never gave out", "tools/list", { cursor: Buffer.from("page 9").toString("base64url") }, -32602],
    ["a cursor of an odd type", "prompts/list", { cursor: {} }, -32602],
    ["a cursor that is null", "resources/list", { cursor: null }, -32602],
    ["a tool name that is no string", "tools/call", { name: 7 }, -32602],
    ["no tool name", "tools/call", {}, -32602],
    ["arguments that are a list", "tools/call", { name: "echo", arguments: [] }, -32602],
    ["arguments that are text", "tools/call", { name: "echo", arguments: "{}" }, -32602],
    ["an unknown tool", "tools/call", { name: "nothing" }, -32602],
    ["a forbidden tool", "tools/call", { name: "launch" }, -32602],
    ["a tool named like what every object has", "tools/call", { name: "__proto__" }, -32602],
    ["a prompt without a name", "prompts/get", { name: null }, -32602],
    ["a URI that is a number", "resources/read", { uri: 7 }, -32602],
    ["a completion without a reference", "completion/complete", { argument: { name: "a", value: "" } }, -32602],
    [
      "a completion with an unknown kind of reference",
      "completion/complete",
      { ref: { type: "ref/tool", name: "echo" }, argument: { name: "a", value: "" } },
      -32602,
    ],
  ])("%s", async (_name, method, params, code) => {
    const { name, uri } = params as { name?: unknown; uri?: unknown };
    const mirrored = [name, uri].find((value) => typeof value === "string") as string | undefined;
    const got = await send({ headers: headers(method, mirrored), body: body(method, params as object) });
    expect(got.json.error?.code).toBe(code);
    expect(got.status).toBeLessThan(500);
    expect(upstream.asked).toHaveLength(0);
  });

  test("a resource that is unknown, and one that is forbidden, look the same", async () => {
    const read = async (uri: string) => (await send({ headers: headers("resources/read", uri), body: body("resources/read", { uri }) })).json.error;
    const [unknown, hidden] = [await read("file:///nope"), await read("file:///plan")];
    expect(unknown?.code).toBe(era === "2026-07-28" ? -32602 : -32002);
    expect(JSON.stringify(hidden).replaceAll("plan", "nope")).toBe(JSON.stringify(unknown));
  });

  test("a capability that the server needs, and the client did not declare, is the client's fault in its own era only", async () => {
    const got = await send({ headers: headers("tools/call", "echo"), body: body("tools/call", { name: "echo", arguments: { a: "sampling please" } }) });
    expect([got.status, got.json.error]).toEqual(era === "2026-07-28" ? [400, needsSampling] : [200, { code: -32603, message: needsSampling.message }]);
    upstream.asked.length = 0;
  });

  test("of a repeated member the last counts, and the headers are held against that", async () => {
    const twice = body("tools/call", call).replace('"name":"echo"', '"name":"launch","name":"echo"');
    const got = await send({ headers: headers("tools/call", "echo"), body: twice });
    expect(got.json.result).toMatchObject({ content: [{ type: "text" }] });
    expect(upstream.asked.splice(0)).toMatchObject([{ request: { params: { name: "echo" } } }]);
    const swapped = body("tools/call", call).replace('"name":"echo"', '"name":"echo","name":"launch"');
    const refused = await send({ headers: headers("tools/call", "echo"), body: swapped });
    expect(refused.json.error?.code).toBe(era === "2026-07-28" ? -32020 : -32602);
    const method = body("tools/list").replace('"method":"tools/list"', '"method":"tools/list","method":"tools/nothing"');
    expect((await send({ headers: list, body: method })).json.error?.code).toBe(-32601);
    expect(upstream.asked).toHaveLength(0);
  });
});

describe.each(mounts)("of the 2025 eras on $name", ({ send }) => {
  const legacy = legacyHeaders(token);
  const session = async () => {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const begun = await send({ headers: { ...legacy, "mcp-protocol-version": undefined }, body: message("initialize", params) });
    return { ...legacy, "mcp-session-id": String(begun.headers.get("mcp-session-id")) };
  };

  test.each<[string, string, object, number]>([
    ["a log level that there is not", "logging/setLevel", { level: "loud" }, -32602],
    ["a log level of an odd type", "logging/setLevel", { level: 3 }, -32602],
    ["no log level", "logging/setLevel", {}, -32602],
    ["a subscription to an unknown resource", "resources/subscribe", { uri: "file:///nope" }, -32002],
    ["a subscription to a forbidden resource", "resources/subscribe", { uri: "file:///plan" }, -32002],
    ["a subscription to nothing", "resources/subscribe", {}, -32602],
    ["the end of a subscription to nothing", "resources/unsubscribe", { uri: 7 }, -32602],
    ["a subscription of the new era", "subscriptions/listen", { notifications: {} }, -32601],
  ])("%s", async (_name, method, params, code) => {
    for (const headers of [await session(), legacy]) {
      const got = await send({ headers, body: message(method, params) });
      // Without a session there is nothing to subscribe with, whatever the resource.
      const expected = code === -32002 && !("mcp-session-id" in headers) ? -32600 : code;
      expect([got.status, got.json.error?.code]).toEqual([200, expected]);
    }
  });

  test("an answer to nothing, and a notification nobody knows, are taken", async () => {
    for (const body of [
      '{"jsonrpc":"2.0","id":"gatehouse-1","result":{}}',
      '{"jsonrpc":"2.0","id":9,"error":{"code":"x"}}',
      '{"jsonrpc":"2.0","method":"notifications/novel"}',
    ]) {
      expect((await send({ headers: await session(), body })).status).toBe(202);
    }
    const odd = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{"a":1}}}';
    expect((await send({ headers: await session(), body: odd })).status).toBe(202);
  });

  test("an odd initialize still begins a session", async () => {
    for (const params of [{}, { protocolVersion: 7, capabilities: [], clientInfo: "x" }, { capabilities: { sampling: "y".repeat(20_000) } }]) {
      const got = await send({ headers: { ...legacy, "mcp-protocol-version": undefined }, body: message("initialize", params) });
      expect([got.status, got.json.result?.protocolVersion]).toEqual([200, "2025-11-25"]);
    }
  });
});

describe.each(mounts)("of the 2026 era on $name", ({ send }) => {
  const listen = modernHeaders(token, "subscriptions/listen");
  const withMeta = (more: object) => message("tools/call", { ...call, _meta: { ...modernMeta, ...more } });
  const good = modernHeaders(token, "tools/call", "echo");

  test.each<[string, Sent, number, number]>([
    ["a subscription without a filter", { headers: listen, body: modernMessage("subscriptions/listen") }, 200, -32602],
    ["one with a filter that is a list", { headers: listen, body: modernMessage("subscriptions/listen", { notifications: [] }) }, 200, -32602],
    [
      "one that takes no stream",
      { headers: { ...listen, accept: "application/json" }, body: modernMessage("subscriptions/listen", { notifications: {} }) },
      406,
      -32600,
    ],
    [
      "a method of the old eras",
      { headers: modernHeaders(token, "logging/setLevel"), body: modernMessage("logging/setLevel", { level: "info" }) },
      404,
      -32601,
    ],
    ["another", { headers: modernHeaders(token, "resources/subscribe"), body: modernMessage("resources/subscribe", { uri: "x" }) }, 404, -32601],
    ["two method headers", { headers: { ...good, "mcp-method": "tools/call, tools/list" }, body: modernMessage("tools/call", call) }, 400, -32020],
    ["a name header in another case", { headers: { ...good, "mcp-name": "Echo" }, body: modernMessage("tools/call", call) }, 400, -32020],
    ["no name header for a prompt", { headers: modernHeaders(token, "prompts/get"), body: modernMessage("prompts/get", { name: "greet" }) }, 400, -32020],
    [
      "no name header for a resource",
      { headers: modernHeaders(token, "resources/read"), body: modernMessage("resources/read", { uri: "file:///x" }) },
      400,
      -32020,
    ],
    ["_meta that is a list", { headers: good, body: message("tools/call", { ...call, _meta: [] }) }, 400, -32602],
    ["client capabilities that are a list", { headers: good, body: withMeta({ "io.modelcontextprotocol/clientCapabilities": [] }) }, 400, -32602],
    ["a second _meta without a version", { headers: good, body: withMeta({}).replace(/}}}$/, '},"_meta":{}}}') }, 400, -32602],
    ["inputResponses that are a list", { headers: good, body: modernMessage("tools/call", { ...call, inputResponses: [] }) }, 200, -32602],
    ["a requestState that is no text", { headers: good, body: modernMessage("tools/call", { ...call, requestState: 7 }) }, 200, -32602],
    ["a requestState of somebody's invention", { headers: good, body: modernMessage("tools/call", { ...call, requestState: "e30" }) }, 200, -32602],
  ])("%s", async (_name, sent, status, code) => {
    const got = await send(sent);
    expect([got.status, got.json.error?.code]).toEqual([status, code]);
    expect(upstream.asked).toHaveLength(0);
  });

  test("a notification is taken, whatever session it names", async () => {
    const headers = { ...modernHeaders(token, "notifications/cancelled"), "mcp-session-id": "of-the-old-era" };
    expect((await send({ headers, body: '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}' })).status).toBe(202);
  });
});
