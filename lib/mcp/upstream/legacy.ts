import type { JsonObject } from "@/drizzle/schema/servers";
import { egressRequest, isEgressError } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import type { UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import { legacyVersions } from "../versions";
import { clientInfo } from "./client-info";
import { failure } from "./failures";
import { keep, sessions } from "./state";
import { type Answer, exchange, notify, replyOf } from "./wire";

export type LegacySession = { id: string | null; protocolVersion: string; serverInfo: JsonObject; capabilities: JsonObject; instructions: string };

/** One request within the session of (server, `sessionKey`). A session that the server has lost is opened again, once. */
export async function sendLegacy(target: UpstreamTarget, request: UpstreamRequest, onRefused: () => void): Promise<UpstreamReply> {
  const session = await sessionFor(target, request);
  const answer = await inSession(target, session, request);
  if (!isSessionLost(session, answer)) return replyOf(answer);
  sessions().delete(keyOf(target, request));
  onRefused();
  // The refused request was not carried out, so sending it again repeats nothing (UP-21).
  return replyOf(await inSession(target, await sessionFor(target, request), request));
}

/** Initialize and notifications/initialized, without keeping the session anywhere. */
export async function openSession(target: UpstreamTarget, clientCapabilities: JsonObject = {}, signal?: AbortSignal): Promise<LegacySession> {
  return completeSession(target, await exchangeInitialize(target, clientCapabilities, signal));
}

export function exchangeInitialize(target: UpstreamTarget, capabilities: JsonObject, signal?: AbortSignal): Promise<Answer> {
  const params = { protocolVersion: legacyVersions[0], capabilities, clientInfo };
  return exchange(target, { method: "initialize", params, headers: {}, timeoutMs: limits.upstreamHandshakeMs, signal });
}

export async function completeSession(target: UpstreamTarget, answer: Answer): Promise<LegacySession> {
  const session = { id: answer.sessionId, ...readInitialize(replyOf(answer)) };
  await notify(target, { method: "notifications/initialized", params: {}, headers: sessionHeaders(session), timeoutMs: limits.upstreamHandshakeMs });
  return session;
}

export function readInitialize(reply: UpstreamReply): Omit<LegacySession, "id"> {
  if (reply.kind === "error") throw failure("bad_answer", true, `the server refused to start a session (error ${reply.error.code})`);
  const { protocolVersion, serverInfo, capabilities, instructions } = reply.result;
  if (typeof protocolVersion !== "string" || !isObject(capabilities)) throw failure("bad_answer", true);
  if (protocolVersion !== "2024-11-05" && !legacyVersions.includes(protocolVersion)) {
    throw failure("bad_answer", true, "the server speaks a version of MCP that Gatehouse does not");
  }
  return {
    protocolVersion,
    capabilities,
    serverInfo: isObject(serverInfo) ? serverInfo : {},
    instructions: typeof instructions === "string" ? instructions : "",
  };
}

export async function inSession(target: UpstreamTarget, session: LegacySession, request: Omit<UpstreamRequest, "sessionKey">): Promise<Answer> {
  const headers = sessionHeaders(session);
  const { method, params, signal, onDelivered } = request;
  let id = 0;
  try {
    return await exchange(target, { method, params, headers, timeoutMs: target.callTimeoutMs, signal, onDelivered, onId: (made) => (id = made) });
  } catch (error) {
    // In these eras a closed connection is no cancellation, so it is said (a deadline of ours is one, too).
    if (isEgressError(error) && error.delivered && (error.cause_ === "aborted" || error.cause_ === "timeout")) void cancel(target, headers, id);
    throw error;
  }
}

async function cancel(target: UpstreamTarget, headers: Record<string, string>, requestId: number): Promise<void> {
  const params = { requestId, reason: "cancelled" };
  await notify(target, { method: "notifications/cancelled", params, headers, timeoutMs: limits.upstreamMetadataMs }).catch(() => {});
}

/** Tells the server that the session is over; whether it listens does not matter. */
export async function closeSession(target: UpstreamTarget, session: LegacySession): Promise<void> {
  if (session.id === null) return;
  const options = {
    method: "DELETE" as const,
    headers: { ...target.headers, ...sessionHeaders(session) },
    totalTimeoutMs: limits.upstreamMetadataMs,
    maxBytes: 65_536,
  };
  await egressRequest(target.url, options).then(
    (response) => response.dump(),
    () => {},
  );
}

function sessionFor(target: UpstreamTarget, request: UpstreamRequest): Promise<LegacySession> {
  const all = sessions();
  const key = keyOf(target, request);
  // A changed address or credential is another server or another account: its sessions start anew.
  const credential = credentialOf(target);
  const kept = all.get(key);
  if (kept && kept.credential === credential) {
    keep(all, key, kept);
    return kept.session;
  }
  // Not tied to the signal of the call that happens to be first: others may wait for the same session.
  const session = openSession(target, request.clientCapabilities);
  keep(all, key, { credential, session });
  session.catch(() => {
    if (all.get(key)?.session === session) all.delete(key);
  });
  return session;
}

function isSessionLost(session: LegacySession, answer: Answer): boolean {
  if (session.id === null || (answer.status !== 404 && answer.status !== 400)) return false;
  // By status and code, never by words. These codes answer the request itself.
  const code = answer.isOurs && answer.reply?.kind === "error" ? answer.reply.error.code : 0;
  return !(code <= -32600 && code >= -32700);
}

const keyOf = (target: UpstreamTarget, request: UpstreamRequest) => `${target.orgId} ${target.serverId} ${request.sessionKey}`;
const sessionHeaders = (session: LegacySession): Record<string, string> =>
  session.id === null ? { "mcp-protocol-version": session.protocolVersion } : { "mcp-protocol-version": session.protocolVersion, "mcp-session-id": session.id };

function credentialOf(target: UpstreamTarget): string {
  let text = target.url;
  for (const name in target.headers) if (!name.startsWith("mcp-param-")) text += `\n${name}: ${target.headers[name]}`;
  return text;
}
