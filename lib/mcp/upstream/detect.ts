import { limits } from "@/lib/limits";
import { isEgressError } from "@/lib/egress/request";
import { isObject } from "../frame";
import { envelope } from "../frame-meta";
import { isUpstreamFailure, type UpstreamTarget } from "../upstream-types";
import { modernVersions } from "../versions";
import { failure, statusFailure } from "./failures";
import { completeSession, exchangeInitialize, type LegacySession } from "./legacy";
import { exchangeModern } from "./modern";
import { oldInitialize } from "./old-sse";
import type { Answer } from "./wire";

export type About = Pick<LegacySession, "protocolVersion" | "serverInfo" | "capabilities" | "instructions">;
export type Detected =
  | { transport: "streamable_http"; era: "modern"; about: About }
  | { transport: "streamable_http"; era: "legacy"; about: About; session: LegacySession }
  | { transport: "sse"; era: "legacy"; about: About };

/**
 * How a server wants to be spoken to: `server/discover` first, and `initialize` for whatever does not recognisably answer it.
 * Only a real 401 or 403 ends the search at once. The old HTTP+SSE transport is tried after 404, 405 or 406 (UP-24).
 */
export async function detect(target: UpstreamTarget, signal?: AbortSignal): Promise<Detected> {
  const discovered = await discover(target, signal);
  if (discovered) return { transport: "streamable_http", era: "modern", about: discovered };
  const answer = await exchangeInitialize(target, {}, signal);
  if ([404, 405, 406].includes(answer.status) && !answer.isOurs) {
    const about = await oldInitialize(target, signal);
    if (about) return { transport: "sse", era: "legacy", about };
    throw statusFailure(answer.status, answer.isWebPage);
  }
  const session = await completeSession(target, answer);
  return { transport: "streamable_http", era: "legacy", about: session, session };
}

async function discover(target: UpstreamTarget, signal?: AbortSignal): Promise<About | null> {
  let answer: Answer;
  try {
    answer = await exchangeModern({ ...target, protocolVersion: null }, { method: "server/discover", params: {}, signal }, limits.upstreamHandshakeMs);
  } catch (error) {
    if (isInconclusive(error)) return null;
    throw error;
  }
  const { status, reply } = answer;
  if (status === 401 || status === 403) {
    if (reply?.kind === "error" && reply.error.code === -32601) return null;
    throw statusFailure(status, false);
  }
  if (!reply || (status >= 300 && !answer.isOurs)) return null;
  if (reply.kind === "error") {
    // It speaks the new era, though not our revision of it: initialize may still work.
    return null;
  }
  const { supportedVersions, capabilities, instructions, serverInfo, _meta } = reply.result;
  if (!Array.isArray(supportedVersions)) return null;
  const protocolVersion = modernVersions.find((version) => supportedVersions.includes(version));
  if (!protocolVersion) return null;
  const info = isObject(_meta) && isObject(_meta[envelope.serverInfo]) ? _meta[envelope.serverInfo] : serverInfo;
  if (!isObject(capabilities)) throw failure("bad_answer", true);
  return { protocolVersion, capabilities, serverInfo: isObject(info) ? info : {}, instructions: typeof instructions === "string" ? instructions : "" };
}

// An old server may choke on a method it does not know; not being there at all is another matter.
function isInconclusive(error: unknown): boolean {
  if (isUpstreamFailure(error)) return error.cause_ === "bad_answer";
  return isEgressError(error) && error.delivered && (error.cause_ === "reset" || error.cause_ === "timeout");
}
