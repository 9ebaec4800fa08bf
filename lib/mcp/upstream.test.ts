import { afterEach, describe, expect, test } from "vitest";
import { startUpstream, type Upstream, type UpstreamOptions } from "@/tests/support/upstream";
import { inspectUpstream, sendUpstream } from "./upstream";
import type { UpstreamFailure, UpstreamRequest, UpstreamTarget } from "./upstream-types";

const ana = { key: "ana", capabilities: {}, logLevel: null };
const open: Upstream[] = [];
afterEach(async () => {
  for (const upstream of open.splice(0)) await upstream.close();
});
async function start(options: UpstreamOptions = {}) {
  const upstream = await startUpstream(options);
  open.push(upstream);
  return upstream;
}

let serial = 0;
const targetOf = (url: string, more: Partial<UpstreamTarget> = {}): UpstreamTarget => ({
  orgId: "org",
  serverId: `srv${serial++}`,
  url,
  headers: {},
  transport: null,
  era: null,
  protocol: "auto",
  protocolVersion: null,
  callTimeoutMs: 2_000,
  ...more,
});
const call = (name: string, args: object = {}, more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  method: "tools/call",
  params: { name, arguments: args },
  party: ana,
  ...more,
});
const echo = (more?: Partial<UpstreamRequest>) => call("echo", { message: "hi" }, more);
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => "answered",
    (error: UpstreamFailure) => ({ cause: error.cause_, delivered: error.delivered, person: error.person }),
  );
const text = (reply: Awaited<ReturnType<typeof sendUpstream>>) =>
  reply.kind === "result" ? (reply.result.content as { text: string }[])[0]?.text : reply.error;

const modes: [string, UpstreamOptions, { era: string; transport: string; version: string }][] = [
  ["modern", { era: "modern" }, { era: "modern", transport: "streamable_http", version: "2026-07-28" }],
  ["modern, event stream", { era: "modern", sse: true }, { era: "modern", transport: "streamable_http", version: "2026-07-28" }],
  ["dual", { era: "dual" }, { era: "modern", transport: "streamable_http", version: "2026-07-28" }],
  ["legacy with sessions", { era: "legacy" }, { era: "legacy", transport: "streamable_http", version: "2025-11-25" }],
  ["legacy with sessions, event stream", { era: "legacy", sse: true }, { era: "legacy", transport: "streamable_http", version: "2025-11-25" }],
  ["legacy without sessions", { era: "legacy", stateful: false }, { era: "legacy", transport: "streamable_http", version: "2025-11-25" }],
  ["legacy behind a token", { era: "legacy", bearer: "t0k" }, { era: "legacy", transport: "streamable_http", version: "2025-11-25" }],
  ["HTTP+SSE of 2024-11-05", { transport: "sse" }, { era: "legacy", transport: "sse", version: "2024-11-05" }],
];

describe.each(modes)("%s", (_name, options, expected) => {
  const headers: Record<string, string> = options.bearer ? { authorization: `Bearer ${options.bearer}` } : {};

  test("is inspected: era, all lists, all pages", async () => {
    const { url } = await start({ ...options, pageSize: 1, instructions: "be kind" });
    const found = await inspectUpstream(targetOf(url, { headers }));
    expect({ era: found.era, transport: found.transport, version: found.protocolVersion }).toEqual(expected);
    expect(found.serverInfo).toEqual({ name: "fixture", version: "1.0.0" });
    expect(found.instructions).toBe("be kind");
    expect(found.tools.map((tool) => tool.name)).toEqual(["echo", "get-sum"]);
    expect(found.prompts).toHaveLength(1);
    expect(found.resources).toHaveLength(1);
    expect(found.templates).toHaveLength(1);
  });

  test("answers a call, known or unknown before", async () => {
    const { url } = await start(options);
    expect(text(await sendUpstream(targetOf(url, { headers }), echo()))).toBe("Echo: hi");
    const known = targetOf(url, { headers, era: expected.era as "modern", transport: expected.transport as "sse", protocolVersion: expected.version });
    expect(text(await sendUpstream(known, call("get-sum", { a: 2, b: 3 })))).toBe("The sum of 2 and 3 is 5.");
  });

  test("keeps unknown fields of a result, and relays an error", async () => {
    const odd = { content: [{ type: "hologram", x: [1] }], structuredContent: { a: null }, _meta: { "x/y": 1 }, futureField: true };
    const { url } = await start({ ...options, tools: [{ name: "odd", run: () => odd }] });
    const target = targetOf(url, { headers });
    const reply = await sendUpstream(target, call("odd"));
    expect(reply).toMatchObject({ kind: "result", result: odd });
    expect(await sendUpstream(target, call("nope"))).toMatchObject({ kind: "error", error: { code: -32602, message: "unknown tool nope" } });
  });
});

describe("what a modern server is sent", () => {
  test("the envelope and the mirror headers, made here", async () => {
    const upstream = await start({ era: "modern", tools: [{ name: "grüße" }] });
    const target = targetOf(upstream.url, { era: "modern", transport: "streamable_http" });
    await sendUpstream(target, {
      ...call("grüße"),
      params: { name: "grüße", _meta: { traceparent: "t" } },
      party: { ...ana, capabilities: { elicitation: {} } },
    });
    await sendUpstream(target, { method: "resources/read", params: { uri: "test://a b" }, party: ana });
    const [first, second] = upstream.calls;
    expect(first?.params._meta).toEqual({
      traceparent: "t",
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "gatehouse", title: "Gatehouse", version: "0.1.0" },
      "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
    });
    expect(first?.headers).toMatchObject({ "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "=?base64?Z3LDvMOfZQ==?=" });
    expect(second?.headers["mcp-name"]).toBe("test://a b");
  });
});

describe("legacy sessions", () => {
  const legacy = (url: string, more: Partial<UpstreamTarget> = {}) => targetOf(url, { era: "legacy", transport: "streamable_http", ...more });

  test("one initialize for a person's many calls, another person has another session", async () => {
    const upstream = await start();
    const target = legacy(upstream.url);
    await Promise.all([sendUpstream(target, echo()), sendUpstream(target, echo()), sendUpstream(target, echo())]);
    await sendUpstream(target, echo({ party: { ...ana, key: "ben" } }));
    expect(upstream.seen("initialize")).toHaveLength(2);
    expect(upstream.seen("notifications/initialized")).toHaveLength(2);
    expect(new Set(upstream.seen("tools/call").map((seen) => seen.headers["mcp-session-id"])).size).toBe(2);
    expect(upstream.seen("tools/call")[0]?.headers["mcp-protocol-version"]).toBe("2025-11-25");
  });

  test("another credential never rides on an open session", async () => {
    const upstream = await start();
    const target = legacy(upstream.url);
    await sendUpstream({ ...target, headers: { authorization: "Bearer a" } }, echo());
    await sendUpstream({ ...target, headers: { authorization: "Bearer b" } }, echo());
    expect(upstream.seen("initialize").map((seen) => seen.headers.authorization)).toEqual(["Bearer a", "Bearer b"]);
  });

  test("a session the server lost is opened again once, and the call repeated", async () => {
    const upstream = await start();
    const target = legacy(upstream.url);
    await sendUpstream(target, echo());
    upstream.forgetSessions();
    expect(text(await sendUpstream(target, echo()))).toBe("Echo: hi");
    expect(upstream.seen("initialize")).toHaveLength(2);
  });

  test("a 400 with our session is a lost session too; a server that always says so is asked twice, not for ever", async () => {
    const upstream = await start({ hook: ({ method }) => (method === "tools/call" ? { status: 400, body: "Bad Request" } : undefined) });
    expect(await failed(sendUpstream(legacy(upstream.url), echo()))).toMatchObject({ cause: "http_error" });
    expect(upstream.seen("tools/call")).toHaveLength(2);
  });

  test("when it cannot be opened again the call was not delivered", async () => {
    let lost = false;
    const upstream = await start({ hook: ({ method }) => (lost && method === "initialize" ? { status: 503, body: "down" } : undefined) });
    const target = legacy(upstream.url);
    await sendUpstream(target, echo());
    lost = true;
    upstream.forgetSessions();
    expect(await failed(sendUpstream(target, echo()))).toMatchObject({ cause: "http_error", delivered: false });
  });

  test("a cancelled call is cancelled upstream, by its id", async () => {
    const controller = new AbortController();
    const upstream = await start({ hook: ({ method }) => (method === "tools/call" ? "hang" : undefined) });
    const answer = failed(sendUpstream(legacy(upstream.url), echo({ signal: controller.signal })));
    await expect.poll(() => upstream.seen("tools/call").length).toBe(1);
    controller.abort();
    expect(await answer).toMatchObject({ cause: "cancelled", delivered: true });
    await expect.poll(() => upstream.seen("notifications/cancelled")[0]?.params.requestId).toBe(upstream.seen("tools/call")[0]?.id);
  });

  test("a server's own request in the stream is refused, its ping answered", async () => {
    const upstream = await start({ sse: true });
    await sendUpstream(legacy(upstream.url), echo());
    await expect.poll(() => upstream.calls.filter((seen) => seen.id === "srv-1").length).toBeGreaterThan(0);
  });
});

describe("era probing falls back to initialize", () => {
  const onDiscover = (reply: object): UpstreamOptions => ({ hook: ({ method }) => (method === "server/discover" ? reply : undefined) });
  const unknown = { jsonrpc: "2.0", id: null, error: { code: -32601, message: "Method not found" } };

  test.each([
    ["a 500", { status: 500, body: { jsonrpc: "2.0", id: null, error: { code: -32603, message: "oops" } } }],
    ["a 404 that speaks of sessions", { status: 404, body: "Invalid session ID" }],
    ["a 401 with -32601 inside", { status: 401, body: unknown }],
    ["a 200 with an error", { status: 200, body: unknown }],
    ["a 400", { status: 400, body: "Bad Request" }],
    ["a web page", { status: 200, headers: { "content-type": "text/html" }, body: "<html></html>" }],
    ["an empty 202", { status: 202 }],
  ])("%s", async (_name, reply) => {
    const { url } = await start(onDiscover(reply));
    expect((await inspectUpstream(targetOf(url))).era).toBe("legacy");
  });

  test("a cut connection", async () => {
    const { url } = await start({ hook: ({ method }) => (method === "server/discover" ? "drop" : undefined) });
    expect((await inspectUpstream(targetOf(url))).era).toBe("legacy");
  });

  test("a real 401 is an auth failure and nothing else is tried", async () => {
    const upstream = await start({ bearer: "right" });
    const target = targetOf(upstream.url, { headers: { authorization: "Bearer wrong" } });
    expect(await failed(inspectUpstream(target))).toMatchObject({ cause: "unauthorized", person: expect.stringMatching(/refused the credential/) });
    expect(upstream.calls).toHaveLength(1);
  });
});

describe("bad servers", () => {
  const always = (reply: ReturnType<NonNullable<UpstreamOptions["hook"]>>): UpstreamOptions => ({ hook: () => reply });

  test.each([
    ["a web page", always({ headers: { "content-type": "text/html" }, body: "<!doctype html><p>secret</p>" }), "not_mcp", /web page; is the path right/],
    ["a web page with 404", always({ status: 404, headers: { "content-type": "text/html" }, body: "<html>" }), "not_found", /nothing at this path/],
    ["JSON that is not JSON-RPC", always({ body: { hello: "secret" } }), "not_mcp", /not MCP/],
    ["a 403", always({ status: 403 }), "forbidden", /403/],
    ["a 502", always({ status: 502, body: "secret" }), "http_error", /502/],
    ["a redirect", always({ status: 308, headers: { location: "https://secret.test/" } }), "http_error", /redirects/],
    ["compression", always({ headers: { "content-encoding": "gzip" }, body: "secret" }), "bad_answer", /compresses/],
    [
      "an oversized answer",
      always((res) => void res.writeHead(200, { "content-type": "application/json" }).end(Buffer.alloc(11_000_000, 32))),
      "too_large",
      /larger/,
    ],
    [
      "5,000 tools",
      { tools: Array.from({ length: 5_000 }, (_, i) => ({ name: `t${i}` })), pageSize: 5_000 },
      "too_many",
      /offers 5,000 capabilities; at most 2,000/,
    ],
    ["2,001 tools in pages", { tools: Array.from({ length: 2_101 }, (_, i) => ({ name: `t${i}` })), pageSize: 100 }, "too_many", /more than|2,101/],
    ["endless pages", { tools: Array.from({ length: 60 }, (_, i) => ({ name: `t${i}` })), pageSize: 1 }, "too_many", /more than 50 pages/],
    [
      "pages in circles",
      { hook: ({ method, id }) => (method === "tools/list" ? { body: { jsonrpc: "2.0", id, result: { tools: [], nextCursor: "x" } } } : undefined) },
      "bad_answer",
      /circles/,
    ],
    [
      "the wrong id",
      { hook: ({ method }) => (method === "tools/list" ? { body: { jsonrpc: "2.0", id: 999_999, result: { tools: [] } } } : undefined) },
      "not_mcp",
      /not MCP/,
    ],
    [
      "an error instead of its tools",
      { hook: ({ method, id }) => (method === "tools/list" ? { body: { jsonrpc: "2.0", id, error: { code: -32603, message: "secret" } } } : undefined) },
      "bad_answer",
      /error -32603/,
    ],
  ] satisfies [string, UpstreamOptions, string, RegExp][])("%s", async (_name, options, cause, person) => {
    const { url } = await start(options);
    const found = await failed(inspectUpstream(targetOf(url)));
    expect(found).toMatchObject({ cause, person: expect.stringMatching(person) });
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  test("a dead port is refused and kept, an unknown name is dns", async () => {
    const upstream = await startUpstream();
    await upstream.close();
    const target = targetOf(upstream.url, { era: "legacy", transport: "streamable_http" });
    expect(await failed(sendUpstream(target, echo()))).toMatchObject({ cause: "refused", delivered: false });
    expect(await failed(inspectUpstream(targetOf("https://nothing.invalid/mcp")))).toMatchObject({ cause: "dns" });
    expect(await failed(inspectUpstream(targetOf("http://10.0.0.1/mcp")))).toMatchObject({ cause: "blocked" });
  });

  test("a call has an absolute deadline, however it drips", async () => {
    const upstream = await start({
      era: "modern",
      hook: ({ method }) =>
        method === "tools/call"
          ? (res) => {
              res.writeHead(200, { "content-type": "text/event-stream" });
              const drip = setInterval(() => res.write(": still here\n\n"), 10);
              res.on("close", () => clearInterval(drip));
            }
          : undefined,
    });
    const target = targetOf(upstream.url, { era: "modern", transport: "streamable_http", callTimeoutMs: 400 });
    expect(await failed(sendUpstream(target, echo()))).toMatchObject({ cause: "timeout", delivered: true });
  });

  test.each([
    ["someone else's id", `data: {"jsonrpc":"2.0","id":"other","result":{}}\n\n`],
    ["no answer at all", `data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n`],
    ["no JSON", "data: {\n\n"],
    ["both result and error", `data: {"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}\n\n`],
  ])("a stream with %s breaks that call only", async (_name, stream) => {
    const upstream = await start({
      era: "modern",
      hook: ({ params }) => (params.name === "bad" ? { headers: { "content-type": "text/event-stream" }, body: stream } : undefined),
    });
    const target = targetOf(upstream.url, { era: "modern", transport: "streamable_http" });
    expect(await failed(sendUpstream(target, call("bad")))).toMatchObject({ cause: "bad_answer", delivered: true });
    expect(text(await sendUpstream(target, echo()))).toBe("Echo: hi");
  });

  test("an endpoint event with another origin is not followed", async () => {
    const upstream = await start({
      transport: "sse",
      hook: ({ httpMethod }) =>
        httpMethod === "GET"
          ? (res) => void res.writeHead(200, { "content-type": "text/event-stream" }).write("event: endpoint\ndata: https://evil.test/x\n\n")
          : undefined,
    });
    expect(await failed(inspectUpstream(targetOf(upstream.url)))).toMatchObject({ cause: "blocked" });
  });

  test("a 500 is no reason to try the old transport", async () => {
    const upstream = await start({ hook: () => ({ status: 500 }) });
    await failed(inspectUpstream(targetOf(upstream.url)));
    expect(upstream.calls.map((seen) => seen.httpMethod)).not.toContain("GET");
  });

  test("a server without prompts and resources is asked for its tools only", async () => {
    const upstream = await start({ prompts: [], resources: [], templates: [] });
    expect(await inspectUpstream(targetOf(upstream.url))).toMatchObject({ prompts: [], resources: [], templates: [] });
    expect(upstream.seen("prompts/list")).toHaveLength(0);
  });
});
