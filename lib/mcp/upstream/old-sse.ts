import type { JsonObject } from "@/drizzle/schema/servers";
import { type EgressResponse, egressRequest } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import { type SseEvent, SseReader } from "../sse";
import type { UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import { clientInfo } from "./client-info";
import type { About } from "./detect";
import { failure, statusFailure } from "./failures";
import { readInitialize } from "./legacy";
import { nextId } from "./state";
import { parse, readReply } from "./wire";

/** A conversation on the HTTP+SSE transport of 2024-11-05: answers come through the stream that was opened first. */
export type OldSse = { about: About; request(method: string, params: JsonObject, onDelivered?: () => void): Promise<UpstreamReply>; close(): void };

/** One request on a stream of its own. Slow, but these servers are few, and nothing is shared between people. */
export async function sendOldSse(target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamReply> {
  const open = await openOldSse(target, target.callTimeoutMs, request);
  try {
    return await open.request(request.method, request.params, request.onDelivered);
  } finally {
    open.close();
  }
}

/** What the server says about itself on the old transport; null when it does not offer that at this address. */
export async function oldInitialize(target: UpstreamTarget, signal?: AbortSignal): Promise<About | null> {
  const response = await openStream(target, limits.upstreamHandshakeMs, signal);
  if (!isStream(response)) {
    response.dump();
    return null;
  }
  const open = await converse(target, response, limits.upstreamHandshakeMs, {});
  open.close();
  return open.about;
}

export async function openOldSse(
  target: UpstreamTarget,
  timeoutMs: number,
  more: Pick<UpstreamRequest, "signal" | "clientCapabilities"> = {},
): Promise<OldSse> {
  const response = await openStream(target, timeoutMs, more.signal);
  if (isStream(response)) return converse(target, response, timeoutMs, more.clientCapabilities ?? {});
  response.dump();
  throw statusFailure(response.status, false);
}

const openStream = (target: UpstreamTarget, totalTimeoutMs: number, signal?: AbortSignal) =>
  egressRequest(target.url, {
    method: "GET",
    headers: { ...target.headers, accept: "text/event-stream" },
    signal,
    headersTimeoutMs: limits.upstreamHandshakeMs,
    bodyTimeoutMs: totalTimeoutMs,
    totalTimeoutMs,
    maxBytes: limits.upstreamBodyBytesMax,
  });

const isStream = (response: EgressResponse) => response.status === 200 && /^text\/event-stream/i.test(response.headers["content-type"] ?? "");

async function converse(target: UpstreamTarget, response: EgressResponse, timeoutMs: number, capabilities: JsonObject): Promise<OldSse> {
  const events = eventsOf(response);
  const next = async (): Promise<SseEvent> => {
    const { value, done } = await events.next();
    if (done) throw failure("reset", true);
    return value;
  };
  const close = () => response.dump();
  try {
    const first = await next();
    if (first.event !== "endpoint") throw failure("bad_answer", true);
    const url = URL.parse(first.data.trim(), target.url);
    // The address comes from the server; the credential goes to the configured origin and nowhere else (UP-24).
    if (!url || url.origin !== new URL(target.url).origin) throw failure("blocked", true, "the server wants messages at another origin than its own");
    const post = (message: JsonObject, onDelivered?: () => void) => postMessage(target, url, timeoutMs, message, onDelivered);
    const request = async (method: string, params: JsonObject, onDelivered?: () => void): Promise<UpstreamReply> => {
      const id = nextId();
      await post({ jsonrpc: "2.0", id, method, params }, onDelivered);
      for (;;) {
        const { event, data } = await next();
        const message = event === "message" ? parse(data) : null;
        if (!isObject(message)) continue;
        if (typeof message.method === "string") {
          if (message.id !== undefined) await post({ jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "Method not found" } });
          continue;
        }
        const found = readReply(message, id, data.length);
        if (!found?.isOurs) throw failure("bad_answer", true);
        return found.reply;
      }
    };
    const about = readInitialize(await request("initialize", { protocolVersion: "2024-11-05", capabilities, clientInfo }));
    await post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return { about, request, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function* eventsOf(response: EgressResponse): AsyncGenerator<SseEvent> {
  const reader = new SseReader(limits.upstreamBodyBytesMax);
  for await (const chunk of response.body) yield* reader.push(chunk);
}

async function postMessage(target: UpstreamTarget, url: URL, timeoutMs: number, message: JsonObject, onDelivered?: () => void): Promise<void> {
  const response = await egressRequest(url, {
    method: "POST",
    headers: { ...target.headers, "content-type": "application/json" },
    body: JSON.stringify(message),
    totalTimeoutMs: timeoutMs,
    maxBytes: limits.sseEventBytesMax,
    onDelivered,
  });
  response.dump();
  if (response.status >= 300) throw statusFailure(response.status, false);
}
