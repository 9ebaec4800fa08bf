import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject } from "./frame";

/** Keys of the per-request envelope (2026-07-28); they are made anew on each hop and never travel through. */
export const envelope = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  logLevel: "io.modelcontextprotocol/logLevel",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
} as const;

/**
 * What of a request's `_meta` goes upstream: the W3C trace context, when it is well formed, and nothing else (ME-21).
 * The progress token stays here: the other hop has one of its own.
 */
export function forwardedMeta(params: JsonObject): JsonObject | undefined {
  const meta = params._meta;
  if (!isObject(meta)) return undefined;
  const { traceparent, tracestate } = meta;
  if (typeof traceparent !== "string" || !/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)) return undefined;
  if (typeof tracestate !== "string" || tracestate.length > 512 || !/^[\x20-\x7e]*$/.test(tracestate)) return { traceparent };
  return { traceparent, tracestate };
}
