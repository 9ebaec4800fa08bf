import { describe, expect, test } from "vitest";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment } from "@/tests/support/factories";
import { aLivePortal, fakeUpstream, legacyHeaders, message, modernHeaders, modernMessage, modernMeta, mountsOf } from "./harness";

const db = await testDatabase();
const upstream = fakeUpstream(({ method, params }) => {
  if (params.name === "modern")
    return {
      kind: "result",
      bytes: 1,
      result: { resultType: "complete", content: [], ttlMs: 5, _meta: { "io.modelcontextprotocol/serverInfo": { name: "inner" }, own: 1 } },
    };
  if (params.name === "protocol-error") return { kind: "error", bytes: 1, error: { code: -32055, message: "of the other hop", data: { secret: 1 } } };
  if (params.name === "bad-args") return { kind: "error", bytes: 1, error: { code: -32602, message: "no such argument", data: { argument: "x" } } };
  if (method === "resources/read") return { kind: "result", bytes: 1, result: { contents: [{ uri: params.uri, text: "x", unknown: true }] } };
  return { kind: "result", bytes: 1, result: { content: [{ type: "novel", odd: [1] }], structuredContent: [1, "a"], _meta: { "x/y": 1 }, isError: false } };
});
const live = await aLivePortal(db, { send: upstream.send });
const inputSchema = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    deep: { type: "object", properties: { n: { type: "integer", "x-mcp-header": "Deep-N" } } },
  },
};
const on = await Promise.all([
  aCapability(db, live.org.id, live.server.id, "tool", "modern", { position: 1 }),
  aCapability(db, live.org.id, live.server.id, "tool", "protocol-error", { position: 2 }),
  aCapability(db, live.org.id, live.server.id, "tool", "bad-args", { position: 3 }),
  aCapability(db, live.org.id, live.server.id, "tool", "regional", {
    position: 4,
    definition: { name: "regional", inputSchema, icons: [{ src: "x", theme: "dark" }], unknown: { a: 1 }, execution: {} },
  }),
  aCapability(db, live.org.id, live.server.id, "resource", "file:///readme", { position: 5 }),
  aCapability(db, live.org.id, live.server.id, "prompt", "greet", { position: 6 }),
]);
await anAssignment(db, live.org.id, live.portal.id, live.server.id, [live.tool, ...on]);
const mounts = await mountsOf(live);
const legacy = legacyHeaders(live.token);
const { token } = live;

describe.each(mounts)("the 2025 eras on $name", ({ send }) => {
  test.each([
    ["2025-11-25", "2025-11-25"],
    ["2025-06-18", "2025-06-18"],
    ["2025-03-26", "2025-03-26"],
    ["2024-11-05", "2025-03-26"],
    ["2026-07-28", "2025-11-25"],
    ["1999-01-01", "2025-11-25"],
  ])("initialize asked for %s answers %s", async (asked, answered) => {
    const got = await send({
      headers: { ...legacy, "mcp-protocol-version": undefined },
      body: message("initialize", { protocolVersion: asked, capabilities: {}, clientInfo: { name: "t", version: "1" } }),
    });
    expect(got.json.result).toMatchObject({ protocolVersion: answered, serverInfo: { name: "gatehouse", title: live.portal.name } });
    expect(got.json.result?.capabilities).toEqual({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true },
      completions: {},
    });
    expect(got.headers.get("mcp-session-id")).toMatch(/^ghm_[A-Za-z0-9_-]{43}$/);
  });

  test("ping answers, notifications and responses are 202", async () => {
    expect((await send({ headers: legacy, body: message("ping") })).json.result).toEqual({});
    const notification = await send({ headers: legacy, body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' });
    expect([notification.status, notification.text]).toEqual([202, ""]);
    expect((await send({ headers: legacy, body: '{"jsonrpc":"2.0","id":3,"result":{}}' })).status).toBe(202);
  });

  test("an unknown method is -32601 in a 200, also when it is named like something every object has", async () => {
    for (const method of ["server/discover", "constructor", "__proto__", "tasks/list"]) {
      const got = await send({ headers: legacy, body: message(method) });
      expect([method, got.status, got.json.error?.code]).toEqual([method, 200, -32601]);
    }
  });

  test("an unknown protocol version in the header is 400, a missing one is 2025-03-26", async () => {
    const got = await send({ headers: { ...legacy, "mcp-protocol-version": "2024-11-05" }, body: message("tools/list") });
    expect([got.status, got.json.error?.code]).toEqual([400, -32022]);
    expect((await send({ headers: { ...legacy, "mcp-protocol-version": undefined }, body: message("tools/list") })).status).toBe(200);
    expect((await live.rows()).at(-1)).toMatchObject({ protocolVersion: "2025-03-26", method: "tools/list" });
  });

  test("definitions are listed verbatim and in a fixed order", async () => {
    const got = await send({ headers: legacy, body: message("tools/list") });
    const tools = got.json.result?.tools as { name: string }[];
    expect(tools.map(({ name }) => name)).toEqual(["echo", "modern", "protocol-error", "bad-args", "regional"]);
    expect(tools.at(-1)).toEqual({ name: "regional", inputSchema, icons: [{ src: "x", theme: "dark" }], unknown: { a: 1 }, execution: {} });
    expect(Object.keys(got.json.result ?? {})).toEqual(["tools"]);
  });

  test("an invalid cursor is -32602", async () => {
    for (const cursor of ["x", 7, "", Buffer.from("page 1").toString("base64url"), Buffer.from("page 01").toString("base64url")]) {
      expect((await send({ headers: legacy, body: message("tools/list", { cursor }) })).json.error?.code).toBe(-32602);
    }
  });

  test("results travel back untouched, but for the envelope of the other era", async () => {
    const plain = await send({ headers: legacy, body: message("tools/call", { name: "echo" }) });
    expect(plain.json.result).toEqual({ content: [{ type: "novel", odd: [1] }], structuredContent: [1, "a"], _meta: { "x/y": 1 }, isError: false });
    const modern = await send({ headers: legacy, body: message("tools/call", { name: "modern" }) });
    expect(modern.json.result).toEqual({ content: [], _meta: { own: 1 } });
  });

  test("an upstream's protocol error keeps its code, unless it speaks of the other hop", async () => {
    const own = await send({ headers: legacy, body: message("tools/call", { name: "bad-args" }) });
    expect([own.status, own.json.error]).toEqual([200, { code: -32602, message: "no such argument", data: { argument: "x" } }]);
    const hop = await send({ headers: legacy, body: message("tools/call", { name: "protocol-error" }) });
    expect(hop.json.error).toEqual({ code: -32603, message: "of the other hop" });
  });

  test("of a request's _meta only a well-formed trace context goes upstream, and no unknown member of params", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const _meta = { progressToken: 1, traceparent, tracestate: "a=b", baggage: "x=y", "io.modelcontextprotocol/related-task": 1 };
    await send({ headers: legacy, body: message("tools/call", { name: "echo", arguments: { a: 1 }, task: {}, _meta }) });
    expect(upstream.asked.at(-1)?.request.params).toEqual({ name: "echo", arguments: { a: 1 }, _meta: { traceparent, tracestate: "a=b" } });
    await send({ headers: legacy, body: message("tools/call", { name: "echo", _meta: { traceparent: "00-zz", tracestate: "a=b" } }) });
    expect(upstream.asked.at(-1)?.request.params).toEqual({ name: "echo" });
  });
});

describe.each(mounts)("the 2026 era on $name", ({ send }) => {
  test("server/discover says what there is", async () => {
    const got = await send({ headers: modernHeaders(token, "server/discover"), body: modernMessage("server/discover") });
    expect(got.json.result).toMatchObject({
      resultType: "complete",
      supportedVersions: ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
      capabilities: { tools: {}, prompts: {}, resources: {}, completions: {} },
      cacheScope: "private",
      ttlMs: 0,
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "gatehouse" } },
    });
  });

  test("lists and reads carry cache hints, and every result says complete", async () => {
    for (const [method, params] of [
      ["tools/list", {}],
      ["prompts/list", {}],
      ["resources/list", {}],
      ["resources/templates/list", {}],
      ["resources/read", { uri: "file:///readme" }],
    ] as const) {
      const name = "uri" in params ? params.uri : undefined;
      const got = await send({ headers: modernHeaders(token, method, name), body: modernMessage(method, params) });
      expect(got.json.result).toMatchObject({
        resultType: "complete",
        ttlMs: 0,
        cacheScope: "private",
        _meta: { "io.modelcontextprotocol/serverInfo": { name: "gatehouse" } },
      });
    }
  });

  test("a result keeps its own _meta, and our name stands for the inner server's", async () => {
    const got = await send({ headers: modernHeaders(token, "tools/call", "modern"), body: modernMessage("tools/call", { name: "modern" }) });
    expect(got.json.result?._meta).toMatchObject({ own: 1, "io.modelcontextprotocol/serverInfo": { name: "gatehouse" } });
    const novel = await send({ headers: modernHeaders(token, "tools/call", "echo"), body: modernMessage("tools/call", { name: "echo" }) });
    expect(novel.json.result).toMatchObject({ resultType: "complete", content: [{ type: "novel", odd: [1] }], structuredContent: [1, "a"] });
  });

  const call = { name: "echo", arguments: {} };
  const good = modernHeaders(token, "tools/call", "echo");
  test.each<[string, Record<string, string | undefined>, string, number, number]>([
    ["no Mcp-Method", { ...good, "mcp-method": undefined }, modernMessage("tools/call", call), 400, -32020],
    ["another Mcp-Method", { ...good, "mcp-method": "tools/list" }, modernMessage("tools/call", call), 400, -32020],
    ["no Mcp-Name", { ...good, "mcp-name": undefined }, modernMessage("tools/call", call), 400, -32020],
    ["another Mcp-Name", { ...good, "mcp-name": "modern" }, modernMessage("tools/call", call), 400, -32020],
    ["a broken base64 Mcp-Name", { ...good, "mcp-name": "=?base64?*?=" }, modernMessage("tools/call", call), 400, -32020],
    ["no MCP-Protocol-Version", { ...good, "mcp-protocol-version": undefined }, modernMessage("tools/call", call), 400, -32020],
    ["another MCP-Protocol-Version", { ...good, "mcp-protocol-version": "2025-11-25" }, modernMessage("tools/call", call), 400, -32020],
    [
      "an unknown version",
      { ...good, "mcp-protocol-version": "2099-01-01" },
      message("tools/call", { ...call, _meta: { ...modernMeta, "io.modelcontextprotocol/protocolVersion": "2099-01-01" } }),
      400,
      -32022,
    ],
    ["no _meta", good, message("tools/call", call), 400, -32602],
    ["no client capabilities", good, message("tools/call", { ...call, _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }), 400, -32602],
    ["a version that is no string", good, message("tools/call", { ...call, _meta: { "io.modelcontextprotocol/protocolVersion": 1 } }), 400, -32602],
    ["ping", modernHeaders(token, "ping"), modernMessage("ping"), 404, -32601],
    ["initialize", modernHeaders(token, "initialize"), modernMessage("initialize"), 404, -32601],
    ["an unknown method", modernHeaders(token, "tools/nothing"), modernMessage("tools/nothing"), 404, -32601],
  ])("%s", async (_name, headers, body, status, code) => {
    const before = upstream.asked.length;
    const got = await send({ headers, body });
    expect([got.status, got.json.error?.code]).toEqual([status, code]);
    if (code === -32022) expect(got.json.error?.data).toMatchObject({ supported: expect.arrayContaining(["2026-07-28"]) });
    expect(upstream.asked).toHaveLength(before);
  });

  test("a name in base64 counts, and session headers do not", async () => {
    const headers = { ...good, "mcp-name": `=?base64?${Buffer.from("echo").toString("base64")}?=`, "mcp-session-id": "x", "last-event-id": "7" };
    expect((await send({ headers, body: modernMessage("tools/call", call) })).status).toBe(200);
  });

  test("arguments that a tool mirrors are checked, and mirrored upstream from the body", async () => {
    const regional = modernHeaders(token, "tools/call", "regional");
    const body = modernMessage("tools/call", { name: "regional", arguments: { region: "zürich\n", deep: { n: 42 } } });
    const encoded = `=?base64?${Buffer.from("zürich\n").toString("base64")}?=`;
    expect((await send({ headers: { ...regional, "mcp-param-region": encoded, "mcp-param-deep-n": "42.0" }, body })).status).toBe(200);
    expect(upstream.asked.at(-1)?.target.headers).toEqual({ "mcp-param-region": encoded, "mcp-param-deep-n": "42" });
    for (const wrong of [{}, { "mcp-param-region": "bern", "mcp-param-deep-n": "42" }, { "mcp-param-region": encoded, "mcp-param-deep-n": "41" }]) {
      const got = await send({ headers: { ...regional, ...wrong }, body });
      expect([got.status, got.json.error?.code]).toEqual([400, -32020]);
    }
  });
});

test("a list of more than a thousand is paged, and the pages hold everything once", async () => {
  const big = await aLivePortal(db);
  const tools = await Promise.all(Array.from({ length: 1_005 }, (_, i) => aCapability(db, big.org.id, big.server.id, "tool", `tool-${i}`, { position: i })));
  await anAssignment(db, big.org.id, big.portal.id, big.server.id, tools);
  const [mount] = await mountsOf(big);
  const page = async (cursor?: string) =>
    (await mount?.send({ headers: legacyHeaders(big.token), body: message("tools/list", cursor ? { cursor } : {}) }))?.json.result;
  const first = await page();
  const second = await page(first?.nextCursor as string);
  const names = [first, second].flatMap((result) => ((result?.tools ?? []) as { name: string }[]).map(({ name }) => name));
  expect(names).toEqual(tools.map(({ name }) => name));
  expect(second).not.toHaveProperty("nextCursor");
});
