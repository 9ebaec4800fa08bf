import type { Stop } from "@/lib/stop";
import type { JsonObject } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";
import { isEgressError } from "@/lib/egress/request";
import { isObject } from "../frame";
import { envelope } from "../frame-meta";
import { isUpstreamFailure, type UpstreamParty, type UpstreamTarget } from "../upstream-types";
import { modernVersions } from "../versions";
import { within } from "./deadline";
import { failure, statusFailure } from "./failures";
import { completeSession, exchangeInitialize, type LegacySession } from "./legacy";
import { exchangeModern } from "./modern";
import { type About, OldSse, tryOldSse } from "./old-sse";
import { type Answer, replyOf } from "./wire";

export type Detected =
  | { transport: "streamable_http"; era: "modern"; about: About }
  | { transport: "streamable_http"; era: "legacy"; about: About; session: LegacySession }
  | { transport: "sse"; era: "legacy"; about: About; open: OldSse };

/** Nobody: what is asked to find out about a server, before anyone in particular speaks to it. */
export const nobody: UpstreamParty = { key: "", capabilities: {}, logLevel: null };

/** Who a catalogue is read for: any client that may come. Some servers offer a tool only to those that can be asked; asked itself, it refuses. */
export const anybody: UpstreamParty = { ...nobody, capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} } };

/**
 * How a server wants to be spoken to: `server/discover` first, and `initialize` for whatever does not recognisably answer it.
 * Only a real 401 or 403 ends the search at once. The old HTTP+SSE transport is tried after 404, 405 or 406 (UP-24). An admin's
 * word about the era leaves out the other one. What was opened on the way comes back open.
 */
export async function detect(target: UpstreamTarget, signal?: Stop, party = nobody): Promise<Detected> {
  if (target.protocol !== "session") {
    const discovered = await discover(target, party, signal);
    if (discovered) return { transport: "streamable_http", era: "modern", about: discovered };
  }
  const answer = await exchangeInitialize(target, party.capabilities, signal);
  if ([404, 405, 406].includes(answer.status) && !answer.isOurs) {
    const open = await tryOldSse(target, party, signal);
    if (open instanceof OldSse) return { transport: "sse", era: "legacy", about: open.about, open };
    // The old transport is here, behind a sign-in.
    if (open.status === 401 || open.status === 403) throw statusFailure(open.status, false, open.challenge);
    throw statusFailure(answer.status, answer.isWebPage);
  }
  const session = await completeSession(target, answer);
  return { transport: "streamable_http", era: "legacy", about: session, session };
}

async function discover(target: UpstreamTarget, party: UpstreamParty, signal?: Stop): Promise<About | null> {
  const isOnly = target.protocol === "current";
  const request = { method: "server/discover", params: {}, party };
  const ask = (protocolVersion: string | null) =>
    within(limits.upstreamHandshakeMs, signal, (deadline) => exchangeModern({ ...target, protocolVersion }, request, deadline));
  let answer: Answer;
  try {
    answer = await ask(null);
    // It refuses our version and names another one that we speak: asked again in that, once.
    const offered = offeredVersion(answer);
    if (offered) answer = await ask(offered);
  } catch (error) {
    if (isInconclusive(error) && !isOnly) return null;
    throw error;
  }
  const { status, reply } = answer;
  if (status === 401 || status === 403) {
    if (!isOnly && reply?.kind === "error" && reply.error.code === -32601) return null;
    throw statusFailure(status, false, answer.challenge);
  }
  const about = (status < 300 || answer.isOurs) && reply?.kind === "result" ? aboutOf(reply.result) : null;
  // An error, or another revision of the new era: initialize may still work.
  if (about || !isOnly) return about;
  if (replyOf(answer).kind === "error")
    throw failure("bad_answer", true, "the server does not speak the current protocol; choose another for it, or automatic");
  throw failure("bad_answer", true, "the server speaks a version of MCP that Gatehouse does not");
}

function offeredVersion({ reply }: Answer): string | undefined {
  if (reply?.kind !== "error" || reply.error.code !== -32022 || !isObject(reply.error.data)) return undefined;
  const { supported } = reply.error.data;
  return Array.isArray(supported) ? modernVersions.find((version) => supported.includes(version)) : undefined;
}

function aboutOf({ supportedVersions, capabilities, instructions, serverInfo, _meta }: JsonObject): About | null {
  const protocolVersion = Array.isArray(supportedVersions) ? modernVersions.find((version) => supportedVersions.includes(version)) : undefined;
  if (!protocolVersion) return null;
  const info = isObject(_meta) && isObject(_meta[envelope.serverInfo]) ? _meta[envelope.serverInfo] : serverInfo;
  if (!isObject(capabilities)) throw failure("bad_answer", true);
  return { protocolVersion, capabilities, serverInfo: isObject(info) ? info : {}, instructions: typeof instructions === "string" ? instructions : "" };
}

// An old server may choke on a method it does not know; not being there at all is another matter.
function isInconclusive(error: unknown): boolean {
  if (isUpstreamFailure(error)) return error.cause_ === "bad_answer" || (error.cause_ === "timeout" && error.delivered);
  return isEgressError(error) && error.delivered && (error.cause_ === "reset" || error.cause_ === "timeout");
}
