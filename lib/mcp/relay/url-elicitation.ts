import type { JsonObject } from "@/drizzle/schema/servers";
import type { ServerView } from "@/lib/gateway/types";
import { isObject, rpc } from "../frame";
import type { PeerMessage, UpstreamError, UpstreamReply } from "../upstream-types";
import { isSafeLink, labelled } from "./questions";

/** The 2025-11-25 error "first open this link": the person has something to do in a browser before the call can work (SEP-1036). */
export const urlElicitationRequired = -32042;

/** The links in such an error that may be shown, under the server's name. */
export function linksOf(server: ServerView, { data }: UpstreamError): JsonObject[] {
  const elicitations = isObject(data) && Array.isArray(data.elicitations) ? data.elicitations : [];
  return elicitations
    .slice(0, 8)
    .filter(isObject)
    .filter(({ url }) => isSafeLink(url))
    .map((elicitation) => ({ ...elicitation, mode: "url", message: labelled(server, elicitation.message) }));
}

export function linkQuestions(links: readonly JsonObject[]): Map<string, PeerMessage> {
  return new Map(links.map((params, i) => [`link_${i + 1}`, { method: "elicitation/create", params }]));
}

/** What is left of such an error when none of its links may be shown (ME-17). */
export const withoutLinks = (server: ServerView, bytes: number): UpstreamReply => ({
  kind: "error",
  bytes,
  error: { code: rpc.internal, message: `${server.name} wants a link opened that is not safe to show` },
});

/** For a client that cannot open links: a result that a model can read out. */
export function linksAsText(links: readonly JsonObject[]): UpstreamReply {
  const lines = links.map(({ message, url }) => `${String(message)} ${String(url)}`.trim());
  const result = { content: [{ type: "text", text: `Open this link first, then call the tool again.\n${lines.join("\n")}` }], isError: true };
  const raw = JSON.stringify(result);
  return { kind: "result", result, raw, bytes: raw.length };
}
