import type { JsonObject } from "@/drizzle/schema/servers";
import { envelope } from "../frame-meta";
import { encodeHeader } from "../param-headers";
import type { UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import { modernVersions } from "../versions";
import { clientInfo } from "./client-info";
import type { Deadline } from "./deadline";
import { Ear } from "./ear";
import { WrongEra } from "./failures";
import { nextId } from "./state";
import { metaWith } from "./token";
import { type Answer, exchange, replyOf } from "./wire";

/** One request of 2026-07-28: it says everything itself, so there is nothing to open or keep. */
export async function sendModern(target: UpstreamTarget, request: UpstreamRequest, deadline: Deadline): Promise<UpstreamReply> {
  const answer = await exchangeModern(target, request, deadline);
  if (refusesEra(answer)) throw new WrongEra(() => replyOf(answer));
  return replyOf(answer);
}

export async function exchangeModern(target: UpstreamTarget, request: UpstreamRequest, deadline: Deadline): Promise<Answer> {
  const { method, peer, party, onDelivered, passage } = request;
  const id = nextId();
  const progressToken = request.progress ? id : null;
  // A server of this era asks in its result, never in the stream.
  const ear = new Ear({ party, peer, progressToken, hold: () => deadline.hold(), touch: () => deadline.touch(), answer: null });
  try {
    const { headers, params } = modernMessage(target, request, progressToken);
    return await exchange(target, { id, method, params, headers, deadline, ear, resumes: false, onDelivered, passage });
  } finally {
    ear.end();
  }
}

/** The envelope and the mirror headers that each request carries. */
export function modernMessage(target: UpstreamTarget, request: Pick<UpstreamRequest, "method" | "params" | "party">, progressToken: number | null) {
  const { method, params, party } = request;
  const version = target.protocolVersion && modernVersions.includes(target.protocolVersion) ? target.protocolVersion : (modernVersions[0] ?? "2026-07-28");
  const meta = metaWith(params._meta, progressToken);
  if (party.logLevel !== null) meta[envelope.logLevel] = party.logLevel;
  meta[envelope.protocolVersion] = version;
  meta[envelope.clientInfo] = clientInfo;
  // This era has no word for "my roots changed".
  meta[envelope.clientCapabilities] = party.capabilities.roots === undefined ? party.capabilities : { ...party.capabilities, roots: {} };
  const name = nameOf(method, params);
  const headers: Record<string, string> = { "mcp-protocol-version": version, "mcp-method": method };
  if (name !== null) headers["mcp-name"] = encodeHeader(name);
  return { headers, params: { ...params, _meta: meta } };
}

// What a server says that does not know this era, or not this revision of it; none of these carries a request out.
function refusesEra({ status, reply, isOurs }: Answer): boolean {
  const code = reply?.kind === "error" ? reply.error.code : 0;
  return code === -32022 || code === -32601 || (!isOurs && (status === 400 || status === 404 || status === 405 || status === 406));
}

function nameOf(method: string, params: JsonObject): string | null {
  const name = method === "resources/read" ? params.uri : method === "tools/call" || method === "prompts/get" ? params.name : undefined;
  return typeof name === "string" ? name : null;
}
