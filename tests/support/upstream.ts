import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "@/drizzle/schema/servers";
import { answer, type Fixture, type FixtureTool, success } from "./upstream-methods";
import { event, Streams } from "./upstream-talk";

export type { FixtureTool } from "./upstream-methods";

/** One HTTP request the fixture saw; `method` is null where the body was no JSON-RPC message. */
export type RecordedCall = {
  httpMethod: string;
  path: string;
  method: string | null;
  id: unknown;
  params: JsonObject;
  /** The whole message; empty where the body was none. */
  body: JsonObject;
  headers: Record<string, string | undefined>;
};
export type HookReply = { status?: number; headers?: Record<string, string>; body?: string | JsonObject };

export type UpstreamOptions = {
  tools?: FixtureTool[];
  prompts?: JsonObject[];
  resources?: JsonObject[];
  templates?: JsonObject[];
  /** `legacy` (default) knows only `initialize`, `modern` only 2026-07-28, `dual` both. */
  era?: "legacy" | "modern" | "dual";
  /** The HTTP+SSE transport of 2024-11-05 on `/sse` instead of Streamable HTTP. */
  transport?: "streamable_http" | "sse";
  /** Legacy only: hand out and demand `Mcp-Session-Id`. Default true. */
  stateful?: boolean;
  /** Answer as an event stream instead of JSON, with a notification and a server's own request before the answer. */
  sse?: boolean;
  /** Required bearer token; anything else is 401. */
  bearer?: string;
  pageSize?: number;
  /** To stand where another one stood. */
  port?: number;
  instructions?: string;
  /** Declared on top of what the lists imply. */
  capabilities?: JsonObject;
  /** Offer the standalone stream (2025 eras) and `subscriptions/listen` (2026-07-28). */
  standing?: boolean;
  /** Misbehave: a reply replaces the answer, `hang` never answers, `drop` cuts the connection, a function writes for itself. */
  hook?: (call: RecordedCall) => HookReply | "hang" | "drop" | ((res: ServerResponse) => void) | undefined;
};

export type Upstream = {
  url: string;
  origin: string;
  /** Everything that arrived, in order. */
  calls: RecordedCall[];
  /** The calls of one JSON-RPC method. */
  seen(method: string): RecordedCall[];
  setTools(tools: FixtureTool[]): void;
  /** What a restart does to sessions: every id becomes unknown, answered with 404, or 400 as some servers do. */
  forgetSessions(status?: 404 | 400): void;
  /** What a new release does: from now on this era is spoken. */
  setEra(era: "legacy" | "modern" | "dual"): void;
  /** The streams that stand open, and what was asked on them. */
  streams: Streams;
  close(): Promise<void>;
};

/** A small MCP server on 127.0.0.1 that does as told and remembers what it heard. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const fixture: Fixture = {
    era: options.era ?? "legacy",
    stateful: options.stateful ?? true,
    options,
    tools: options.tools,
    sessions: new Set(),
    lostStatus: 404,
  };
  const calls: RecordedCall[] = [];
  const streams = new Streams();
  const server = createServer((req, res) => {
    receive(req).then((call) => {
      calls.push(call);
      void serve(fixture, streams, call, res);
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}${options.transport === "sse" ? "/sse" : "/mcp"}`,
    origin,
    calls,
    seen: (method) => calls.filter((call) => call.method === method),
    setTools: (tools) => {
      fixture.tools = tools;
    },
    forgetSessions: (status = 404) => {
      fixture.lostStatus = status;
      fixture.sessions.clear();
      streams.cut();
    },
    setEra: (era) => {
      fixture.era = era;
    },
    streams,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function receive(req: IncomingMessage): Promise<RecordedCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const call = { httpMethod: req.method ?? "", path: req.url ?? "", headers: req.headers as RecordedCall["headers"] };
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as JsonObject;
    return { ...call, method: typeof body.method === "string" ? body.method : null, id: body.id, params: (body.params ?? {}) as JsonObject, body };
  } catch {
    return { ...call, method: null, id: undefined, params: {}, body: {} };
  }
}

function serve(fixture: Fixture, streams: Streams, call: RecordedCall, res: ServerResponse): unknown {
  const { bearer, hook } = fixture.options;
  const misdeed = hook?.(call);
  if (misdeed === "hang") return;
  if (misdeed === "drop") {
    res.destroy();
    return;
  }
  if (typeof misdeed === "function") return misdeed(res);
  if (misdeed) return reply(res, misdeed);
  if (bearer !== undefined && call.headers.authorization !== `Bearer ${bearer}`)
    return reply(res, { status: 401, headers: { "www-authenticate": "Bearer" }, body: "no" });
  if (fixture.options.transport === "sse") return serveOldSse(fixture, streams, call, res);
  if (call.httpMethod === "DELETE") {
    fixture.sessions.delete(call.headers["mcp-session-id"] ?? "");
    return reply(res, { status: 200 });
  }
  if (call.httpMethod === "GET" && fixture.options.standing && fixture.era !== "modern") return serveStanding(fixture, streams, call, res);
  if (call.httpMethod !== "POST") return reply(res, { status: 405, headers: { allow: "POST" } });
  if (!call.path.startsWith("/mcp")) return reply(res, { status: 404, body: "Not Found" });
  if (streams.takes(call)) return reply(res, { status: 202 });
  const answered = answer(fixture, call);
  if (!answered) return reply(res, { status: 202 });
  if (answered.status && answered.status !== 200)
    return call.method === "subscriptions/listen" ? listen(fixture, streams, call, res, answered) : reply(res, answered);
  return deliver(fixture, streams, call, res, answered);
}

async function deliver(fixture: Fixture, streams: Streams, call: RecordedCall, res: ServerResponse, answered: HookReply): Promise<void> {
  const headers: Record<string, string> = { ...answered.headers };
  if (call.method === "initialize" && fixture.stateful) {
    const id = randomUUID();
    fixture.sessions.add(id);
    headers["mcp-session-id"] = id;
  }
  const talk = talkOf(fixture, call);
  if (!fixture.options.sse && !talk) return reply(res, { headers, body: answered.body });
  res.writeHead(200, { ...headers, "content-type": "text/event-stream" });
  if (talk) {
    const result = await streams.talk(talk, call, res);
    event(res, success(call.id, { ...(fixture.era !== "legacy" && { resultType: "complete" }), ...result }));
    res.end();
    return;
  }
  res.write(
    `: hello\n\nid: 1\ndata: \n\nevent: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "working" } })}\n\n`,
  );
  if (fixture.era !== "modern") res.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: "srv-1", method: "roots/list" })}\n\n`);
  res.end(`id: 7\r\nevent: message\r\ndata: ${JSON.stringify(answered.body)}\r\n\r\n`);
}

const talkOf = (fixture: Fixture, call: RecordedCall) =>
  call.method === "tools/call" ? fixture.tools?.find(({ name }) => name === call.params.name)?.talk : undefined;

function serveStanding(fixture: Fixture, streams: Streams, call: RecordedCall, res: ServerResponse): unknown {
  const session = call.headers["mcp-session-id"];
  if (fixture.stateful && !fixture.sessions.has(session ?? "")) return reply(res, { status: session ? fixture.lostStatus : 400 });
  return streams.stand(call, res);
}

// 2026-07-28: acknowledged with all that was asked for.
function listen(fixture: Fixture, streams: Streams, call: RecordedCall, res: ServerResponse, otherwise: HookReply): unknown {
  if (!fixture.options.standing || fixture.era === "legacy") return reply(res, otherwise);
  const params = { notifications: call.params.notifications, _meta: { "io.modelcontextprotocol/subscriptionId": call.id } };
  const acknowledged = { jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params };
  return streams.stand(call, res, `data: ${JSON.stringify(acknowledged)}\n\n`);
}

// 2024-11-05: GET /sse opens the stream and names where to post; answers come through the stream.
async function serveOldSse(fixture: Fixture, streams: Streams, call: RecordedCall, res: ServerResponse): Promise<unknown> {
  const url = new URL(call.path, "http://x");
  if (call.httpMethod === "GET" && url.pathname === "/sse") {
    const id = randomUUID();
    return streams.stand(call, res, `event: endpoint\ndata: /messages?session=${id}\n\n`, id);
  }
  if (call.httpMethod !== "POST" || url.pathname !== "/messages") return reply(res, { status: 405 });
  const stream = streams.standing.get(url.searchParams.get("session") ?? "")?.res;
  if (!stream) return reply(res, { status: fixture.lostStatus });
  reply(res, { status: 202, body: "Accepted" });
  if (streams.takes(call)) return;
  const talk = talkOf(fixture, call);
  const answered = talk ? { body: success(call.id, await streams.talk(talk, call, stream)) } : answer({ ...fixture, stateful: false }, call, "2024-11-05");
  if (answered) stream.write(`event: message\ndata: ${JSON.stringify(answered.body)}\n\n`);
}

function reply(res: ServerResponse, { status = 200, headers = {}, body }: HookReply): void {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  res.writeHead(status, { ...(typeof body === "object" && { "content-type": "application/json" }), ...headers }).end(text);
}
