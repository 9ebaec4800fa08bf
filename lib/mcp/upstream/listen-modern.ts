import { type EgressResponse, egressRequest } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import { SseReader } from "../sse";
import type { UpstreamError, UpstreamReply, UpstreamTarget, Watch } from "../upstream-types";
import { nobody } from "./detect";
import { challengeIn, failure, statusFailure, SubscriptionRefused, WrongEra } from "./failures";
import { hearChange } from "./listen-change";
import { modernMessage } from "./modern";
import { parse, readReply } from "./reply";
import { readMessages, streamMsMax } from "./standing";
import { nextId } from "./state";
import { isEventStream } from "./stream-answer";

/** `subscriptions/listen` (2026-07-28): acknowledged first, then what was asked for, until the server ends it. */
export async function hearModern(target: UpstreamTarget, watch: Watch, onReady: () => void): Promise<"none" | "ended"> {
  const id = nextId();
  const closing = new AbortController();
  const onAbort = () => closing.abort();
  watch.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const response = await subscribe(target, id, watch, closing.signal);
    if (response.status !== 200 || !isEventStream(response)) return refusalOf(response, parse(await response.text()), id, watch);
    let isNone = false;
    let refused: UpstreamError | null = null;
    await readMessages(response, new SseReader(limits.sseEventBytesMax), (message, text) => {
      if (message.method === "notifications/subscriptions/acknowledged") {
        isNone = !honoursAny(message.params);
        if (isNone) closing.abort();
        else onReady();
      } else if (typeof message.method === "string") hearChange(watch, message);
      else refused = errorOf(readReply(message, id, text)?.reply) ?? refused;
    }).catch((error: unknown) => {
      if (!isNone) throw error;
    });
    if (refused) return refusedWith(refused, watch);
    return isNone ? "none" : "ended";
  } finally {
    watch.signal.removeEventListener("abort", onAbort);
    closing.abort();
  }
}

function subscribe(target: UpstreamTarget, id: number, { lists, resources }: Watch, signal: AbortSignal): Promise<EgressResponse> {
  const method = "subscriptions/listen";
  const notifications = {
    ...(lists && { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }),
    ...(resources.length > 0 && { resourceSubscriptions: [...resources] }),
  };
  const { headers, params } = modernMessage(target, { method, params: { notifications }, party: nobody }, null);
  return egressRequest(target.url, {
    method: "POST",
    headers: { ...target.headers, ...headers, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    signal,
    isStream: true,
    bodyTimeoutMs: Number.POSITIVE_INFINITY,
    totalTimeoutMs: streamMsMax,
    maxBytes: Number.MAX_SAFE_INTEGER,
  });
}

function honoursAny(params: unknown): boolean {
  const honoured = isObject(params) ? params.notifications : null;
  return isObject(honoured) && Object.values(honoured).some((value) => value === true || (Array.isArray(value) && value.length > 0));
}

function refusalOf(response: EgressResponse, message: unknown, id: number, watch: Watch): "none" | "ended" {
  const { status } = response;
  const found = isObject(message) ? readReply(message, id, "") : null;
  const error = errorOf(found?.reply);
  if (error && (found?.isOurs || status === 200)) return refusedWith(error, watch);
  if (status === 401 || status === 403 || status === 429 || status >= 500) throw statusFailure(status, false, challengeIn(response));
  throw wrongEra();
}

function refusedWith(error: UpstreamError, watch: Watch): "none" | "ended" {
  if (error.code === -32601 || error.code === -32022) throw wrongEra();
  // One that has too many listeners may have room later.
  if (error.code === -32603) throw failure("http_error", true, "the server takes no more listeners");
  if (watch.resources.length > 0) throw new SubscriptionRefused(error);
  return "none";
}

const errorOf = (reply: UpstreamReply | undefined): UpstreamError | null => (reply?.kind === "error" ? reply.error : null);
const wrongEra = () =>
  new WrongEra(() => {
    throw failure("not_mcp", true);
  });
