import type { JsonObject } from "@/drizzle/schema/servers";
import { isLoopbackHost } from "@/lib/env";
import type { ServerView } from "@/lib/gateway/types";
import { isObject } from "../frame";
import type { PeerMessage } from "../upstream-types";

/**
 * A server's question as the person gets to see it: an elicitation says which server asks. Null when it must not be passed on:
 * a link that is not https (ME-17).
 */
export function askedBy(server: ServerView, { method, params }: PeerMessage): PeerMessage | null {
  if (method !== "elicitation/create") return { method, params };
  if (params.mode === "url" && !isSafeLink(params.url)) return null;
  return { method, params: { ...params, message: labelled(server, params.message) } };
}

export const labelled = (server: ServerView, message: unknown) => `${server.name}: ${typeof message === "string" ? message : ""}`;

/** Plain http only for links to this very machine, which a server run for development has. */
export function isSafeLink(url: unknown): boolean {
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  if (!parsed || parsed.username || parsed.password) return false;
  return parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopbackHost(parsed.hostname));
}

/** The members of `inputRequests` (2026-07-28) that are questions at all. */
export function readInputRequests(result: JsonObject): Map<string, PeerMessage> {
  const found = new Map<string, PeerMessage>();
  if (!isObject(result.inputRequests)) return found;
  for (const [key, value] of Object.entries(result.inputRequests).slice(0, 32)) {
    if (isObject(value) && typeof value.method === "string") found.set(key, { method: value.method, params: isObject(value.params) ? value.params : {} });
  }
  return found;
}
