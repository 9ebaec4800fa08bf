import type { Stop } from "@/lib/stop";
import type { JsonObject } from "@/drizzle/schema/servers";
import { egressRequest } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { singleton } from "@/lib/singleton";
import { isObject } from "../frame";
import type { UpstreamReply, UpstreamTarget } from "../upstream-types";
import { legacyVersions } from "../versions";
import { clientInfo } from "./client-info";
import { within } from "./deadline";
import { failure, WrongEra } from "./failures";
import { nextId } from "./state";
import { type Answer, exchange, replyOf, say } from "./wire";

export type LegacySession = { id: string | null; protocolVersion: string; serverInfo: JsonObject; capabilities: JsonObject; instructions: string };

/** Initialize and notifications/initialized, without keeping the session anywhere. */
export async function openSession(target: UpstreamTarget, clientCapabilities: JsonObject = {}, signal?: Stop): Promise<LegacySession> {
  const answer = await exchangeInitialize(target, clientCapabilities, signal);
  if (refusesEra(answer)) throw new WrongEra(() => refusedInitialize(answer));
  return completeSession(target, answer);
}

export function exchangeInitialize(target: UpstreamTarget, capabilities: JsonObject, signal?: Stop): Promise<Answer> {
  const params = { protocolVersion: legacyVersions[0], capabilities, clientInfo };
  return within(limits.upstreamHandshakeMs, signal, (deadline) =>
    exchange(target, { id: nextId(), method: "initialize", params, headers: {}, deadline, ear: null, resumes: false }),
  );
}

export async function completeSession(target: UpstreamTarget, answer: Answer): Promise<LegacySession> {
  const session = { id: answer.sessionId, ...readInitialize(replyOf(answer)) };
  await say(target, sessionHeaders(session), { method: "notifications/initialized", params: {} }, limits.upstreamHandshakeMs);
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

/** Sessions whose server is being told that they are over. */
const goodbyes = () => singleton("mcp-upstream-goodbyes", () => new Set<Promise<void>>());

/** Resolves when every server that was to be told of a session's end has been. */
export const goodbyesSaid = async (): Promise<void> => void (await Promise.all(goodbyes()));

/** Tells the server that the session is over; whether it listens does not matter. */
export function closeSession(target: UpstreamTarget, session: LegacySession): Promise<void> {
  const said = sayGoodbye(target, session).finally(() => goodbyes().delete(said));
  goodbyes().add(said);
  return said;
}

async function sayGoodbye(target: UpstreamTarget, session: LegacySession): Promise<void> {
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

export const sessionHeaders = (session: LegacySession): Record<string, string> =>
  session.id === null ? { "mcp-protocol-version": session.protocolVersion } : { "mcp-protocol-version": session.protocolVersion, "mcp-session-id": session.id };

function refusesEra({ status, reply, isOurs }: Answer): boolean {
  return reply?.kind === "error" || (!isOurs && (status === 400 || status === 404 || status === 405 || status === 406));
}

function refusedInitialize(answer: Answer): UpstreamReply {
  readInitialize(replyOf(answer));
  throw failure("bad_answer", true);
}
