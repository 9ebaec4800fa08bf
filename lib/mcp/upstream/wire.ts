import type { JsonObject } from "@/drizzle/schema/servers";
import { type EgressResponse, egressRequest } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import { SseReader } from "../sse";
import type { UpstreamReply, UpstreamTarget } from "../upstream-types";
import { failure, statusFailure } from "./failures";
import { nextId } from "./state";

export type Outgoing = {
  method: string;
  params: JsonObject;
  headers: Record<string, string>;
  timeoutMs: number;
  signal?: AbortSignal;
  onDelivered?: () => void;
  /** Told the request's id, for who may have to cancel it. */
  onId?: (id: number) => void;
};

/** What came back over HTTP. `reply` is null when it holds no answer to our request; `isOurs` says that it names our id. */
export type Answer = { id: number; status: number; reply: UpstreamReply | null; isOurs: boolean; isWebPage: boolean; sessionId: string | null };

/** Sends one request and reads its one answer, JSON or event stream. Throws only for what is no HTTP answer, or a broken one. */
export async function exchange(target: UpstreamTarget, out: Outgoing): Promise<Answer> {
  const id = nextId();
  out.onId?.(id);
  const response = await send(target, out, JSON.stringify({ jsonrpc: "2.0", id, method: out.method, params: out.params }));
  const { status } = response;
  const sessionId = response.headers["mcp-session-id"] ?? null;
  const type = (response.headers["content-type"] ?? "").toLowerCase();
  if (status < 300 && type.startsWith("text/event-stream")) {
    const reply = await readStream(response, id, (request) => void refuse(target, out, request));
    return { id, status, reply, isOurs: true, isWebPage: false, sessionId: validSession(sessionId) };
  }
  const text = await response.text();
  const found = readText(text, id);
  const isWebPage = type.startsWith("text/html") || /^\s*<(!doctype|html)/i.test(text);
  return { id, status, reply: found?.reply ?? null, isOurs: found?.isOurs ?? false, isWebPage, sessionId: validSession(sessionId) };
}

/** A message that gets no answer. */
export async function notify(target: UpstreamTarget, out: Outgoing): Promise<void> {
  const response = await send(target, out, JSON.stringify({ jsonrpc: "2.0", method: out.method, params: out.params }));
  response.dump();
}

/** The reply of an answer, or the failure that it stands for. */
export function replyOf({ status, reply, isOurs, isWebPage }: Answer): UpstreamReply {
  if (status === 401 || status === 403) throw statusFailure(status, false);
  if (reply && (status < 300 || isOurs)) return reply;
  if (status < 300) throw isWebPage ? failure("not_mcp", true, "the server answered with a web page; is the path right?") : failure("not_mcp", true);
  throw statusFailure(status, isWebPage);
}

function send(target: UpstreamTarget, out: Outgoing, body: string): Promise<EgressResponse> {
  return egressRequest(target.url, {
    method: "POST",
    headers: { ...target.headers, ...out.headers, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body,
    signal: out.signal,
    onDelivered: out.onDelivered,
    // A tool may think in silence for as long as its call may take; the absolute limit is the one that counts.
    headersTimeoutMs: out.timeoutMs,
    bodyTimeoutMs: out.timeoutMs,
    totalTimeoutMs: out.timeoutMs,
    maxBytes: limits.upstreamBodyBytesMax,
  });
}

async function readStream(response: EgressResponse, id: number, refuseRequest: (request: JsonObject) => void): Promise<UpstreamReply> {
  const reader = new SseReader(limits.upstreamBodyBytesMax);
  for await (const chunk of response.body) {
    for (const { event, data } of reader.push(chunk)) {
      // Servers that can resume a stream open it with an event that has an id and no data (SEP-1699).
      if (event !== "message" || data === "") continue;
      const message = parse(data);
      if (!isObject(message)) throw failure("bad_answer", true);
      if (typeof message.method === "string") {
        if (message.id !== undefined) refuseRequest(message);
        continue;
      }
      // The first final answer wins; an answer to something we did not ask is a fault, not ours to skip (UP-22).
      const reply = readReply(message, id, data.length);
      if (!reply?.isOurs) throw failure("bad_answer", true, "the server answered with the id of another request");
      return reply.reply;
    }
  }
  throw failure("bad_answer", true, "the server ended its answer before it was complete");
}

// Requests from the server to the client are not relayed yet; `ping` is answered, everything else is unknown.
async function refuse(target: UpstreamTarget, out: Outgoing, request: JsonObject): Promise<void> {
  const answer = request.method === "ping" ? { result: {} } : { error: { code: -32601, message: "Method not found" } };
  try {
    const response = await send(
      target,
      { ...out, timeoutMs: limits.upstreamMetadataMs, onDelivered: undefined },
      JSON.stringify({ jsonrpc: "2.0", id: request.id, ...answer }),
    );
    response.dump();
  } catch {
    // The call itself fails or times out if this mattered.
  }
}

function readText(text: string, id: number) {
  const message = parse(text);
  return isObject(message) ? readReply(message, id, text.length) : null;
}

/** The result or error in a message; null when it is neither, or breaks JSON-RPC. */
export function readReply(message: JsonObject, id: number, bytes: number): { reply: UpstreamReply; isOurs: boolean } | null {
  if (message.jsonrpc !== "2.0") return null;
  const isOurs = message.id === id;
  if (isObject(message.result) && message.error === undefined) return isOurs ? { reply: { kind: "result", result: message.result, bytes }, isOurs } : null;
  const { error } = message;
  if (!isObject(error) || !Number.isInteger(error.code) || typeof error.message !== "string") return null;
  const { data } = error;
  return { reply: { kind: "error", error: { code: Number(error.code), message: error.message, ...(data !== undefined && { data }) }, bytes }, isOurs };
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Visible ASCII only (MCP transports); anything else would not survive as a header, so it counts as no session.
const validSession = (id: string | null) => (id !== null && /^[\x21-\x7e]{1,1024}$/.test(id) ? id : null);
