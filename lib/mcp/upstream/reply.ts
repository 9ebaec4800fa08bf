import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject } from "../frame";
import { rawMember } from "../raw-json";
import type { UpstreamReply } from "../upstream-types";

/** The result or error in a message; null when it is neither, or breaks JSON-RPC. `text` is the message as it came. */
export function readReply(message: JsonObject, id: number, text: string): { reply: UpstreamReply; isOurs: boolean } | null {
  if (message.jsonrpc !== "2.0") return null;
  const isOurs = message.id === id;
  const bytes = text.length;
  if (isObject(message.result) && message.error === undefined) {
    return isOurs
      ? { reply: { kind: "result", result: message.result, raw: rawMember(text, "result") ?? JSON.stringify(message.result), bytes }, isOurs }
      : null;
  }
  const { error } = message;
  if (!isObject(error) || !Number.isInteger(error.code) || typeof error.message !== "string") return null;
  const { data } = error;
  return { reply: { kind: "error", error: { code: Number(error.code), message: error.message, ...(data !== undefined && { data }) }, bytes }, isOurs };
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
