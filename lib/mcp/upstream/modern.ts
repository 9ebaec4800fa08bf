import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject } from "../frame";
import { envelope } from "../frame-meta";
import { encodeHeader } from "../param-headers";
import type { UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import { modernVersions } from "../versions";
import { clientInfo } from "./client-info";
import { type Answer, exchange, replyOf } from "./wire";

/** One request of 2026-07-28: it says everything itself, so there is nothing to open or keep. */
export async function sendModern(target: UpstreamTarget, request: UpstreamRequest, timeoutMs: number): Promise<UpstreamReply> {
  return replyOf(await exchangeModern(target, request, timeoutMs));
}

export function exchangeModern(target: UpstreamTarget, request: Omit<UpstreamRequest, "sessionKey">, timeoutMs: number): Promise<Answer> {
  const version = target.protocolVersion && modernVersions.includes(target.protocolVersion) ? target.protocolVersion : (modernVersions[0] ?? "2026-07-28");
  const meta = {
    ...(isObject(request.params._meta) && request.params._meta),
    [envelope.protocolVersion]: version,
    [envelope.clientInfo]: clientInfo,
    [envelope.clientCapabilities]: request.clientCapabilities ?? {},
  };
  const name = nameOf(request.method, request.params);
  return exchange(target, {
    method: request.method,
    params: { ...request.params, _meta: meta },
    headers: { "mcp-protocol-version": version, "mcp-method": request.method, ...(name !== null && { "mcp-name": encodeHeader(name) }) },
    timeoutMs,
    signal: request.signal,
    onDelivered: request.onDelivered,
  });
}

function nameOf(method: string, params: JsonObject): string | null {
  const name = method === "resources/read" ? params.uri : method === "tools/call" || method === "prompts/get" ? params.name : undefined;
  return typeof name === "string" ? name : null;
}
