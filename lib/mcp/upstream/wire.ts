import type { JsonObject } from "@/drizzle/schema/servers";
import { type EgressResponse, egressRequest } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import type { Passage, UpstreamReply, UpstreamTarget } from "../upstream-types";
import { type Deadline, unbounded, within } from "./deadline";
import type { Ear } from "./ear";
import { passOn, passOnBytesMin } from "./pass-on";
import { challengeIn, failure, statusFailure } from "./failures";
import { parse, readReply } from "./reply";
import { readAnswerStream } from "./stream-answer";

export type Outgoing = {
  id: number;
  method: string;
  params: JsonObject;
  headers: Record<string, string>;
  deadline: Deadline;
  /** For what the server says before it answers. */
  ear: Ear | null;
  /** Whether an answer whose stream breaks may be gone on with (2025-11-25). */
  resumes: boolean;
  onDelivered?: () => void;
  passage?: Passage;
};

/** What came back over HTTP. `reply` is null when it holds no answer to our request; `isOurs` says that it names our id. */
export type Answer = {
  status: number;
  reply: UpstreamReply | null;
  isOurs: boolean;
  isWebPage: boolean;
  sessionId: string | null;
  /** `WWW-Authenticate`, for who has to obtain a credential. */
  challenge: string | null;
};

/** Sends one request and reads its one answer, JSON or event stream. Throws only for what is no HTTP answer, or a broken one. */
export async function exchange(target: UpstreamTarget, out: Outgoing): Promise<Answer> {
  const { id, method, params, deadline } = out;
  const response = await post(target, out.headers, JSON.stringify({ jsonrpc: "2.0", id, method, params }), deadline, out.onDelivered);
  const { status } = response;
  const sessionId = validSession(response.headers["mcp-session-id"] ?? null);
  const challenge = challengeIn(response);
  const type = (response.headers["content-type"] ?? "").toLowerCase();
  if (status < 300 && type.startsWith("text/event-stream")) {
    const reply = await readAnswerStream(target, response, out);
    return { status, reply, isOurs: true, isWebPage: false, sessionId, challenge };
  }
  const isLarge = !(Number(response.headers["content-length"] ?? Number.POSITIVE_INFINITY) <= passOnBytesMin);
  const passed = out.passage && isLarge && status < 300 && type.startsWith("application/json") ? await passOn(response, id, out.passage, deadline) : null;
  if (passed && typeof passed === "object") return { status, reply: passed, isOurs: true, isWebPage: false, sessionId, challenge };
  const text = passed ?? (await response.text());
  const found = readText(text, id);
  const isWebPage = type.startsWith("text/html") || /^\s*<(!doctype|html)/i.test(text);
  return { status, reply: found?.reply ?? null, isOurs: found?.isOurs ?? false, isWebPage, sessionId, challenge };
}

/** A message that gets no answer: a notification, or our answer to a request of the server. */
export function say(target: UpstreamTarget, headers: Record<string, string>, message: JsonObject, timeoutMs: number): Promise<void> {
  return within(timeoutMs, undefined, async (deadline) => {
    const response = await post(target, headers, JSON.stringify({ jsonrpc: "2.0", ...message }), deadline);
    response.dump();
  });
}

/** The same, where nothing can be done if it fails: the call itself fails or times out if it mattered. */
export const sayQuietly = (target: UpstreamTarget, headers: Record<string, string>, message: JsonObject): Promise<void> =>
  say(target, headers, message, limits.upstreamMetadataMs).catch(() => {});

/** The reply of an answer, or the failure that it stands for. */
export function replyOf({ status, reply, isOurs, isWebPage, challenge }: Answer): UpstreamReply {
  if (status === 401 || status === 403) throw statusFailure(status, false, challenge);
  if (reply && (status < 300 || isOurs)) return reply;
  if (status < 300) throw isWebPage ? failure("not_mcp", true, "the server answered with a web page; is the path right?") : failure("not_mcp", true);
  throw statusFailure(status, isWebPage);
}

function post(target: UpstreamTarget, headers: Record<string, string>, body: string, deadline: Deadline, onDelivered?: () => void): Promise<EgressResponse> {
  return egressRequest(target.url, {
    method: "POST",
    headers: [target.headers, headers, jsonHeaders],
    body,
    onDelivered,
    signal: deadline.signal,
    headersTimeoutMs: unbounded.headersTimeoutMs,
    bodyTimeoutMs: unbounded.bodyTimeoutMs,
    totalTimeoutMs: unbounded.totalTimeoutMs,
    maxBytes: limits.upstreamBodyBytesMax,
  });
}

const jsonHeaders = { "content-type": "application/json", accept: "application/json, text/event-stream" };

function readText(text: string, id: number) {
  const message = parse(text);
  return isObject(message) ? readReply(message, id, text) : null;
}

// Visible ASCII only (MCP transports); anything else would not survive as a header, so it counts as no session.
const validSession = (id: string | null) => (id !== null && /^[\x21-\x7e]{1,1024}$/.test(id) ? id : null);
