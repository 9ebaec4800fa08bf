import { checkedUrl } from "@/lib/egress/destination";
import { type Egress, isEgressError } from "@/lib/egress/request";
import { env } from "@/lib/env";
import { limits } from "@/lib/limits";
import { failed } from "./failures";
import type { Failed } from "./types";

export type Document = Readonly<Record<string, unknown>>;
/** `absent`: there is no such document, so the next address may be tried. A failure ends the search. */
export type Fetched = { kind: "document"; document: Document } | { kind: "absent" } | Failed;

/** Reads one JSON document of a server or its authorization server. Redirects are never followed (UP-05). */
export async function fetchDocument(url: string, egress: Egress): Promise<Fetched> {
  let response: Awaited<ReturnType<Egress>>;
  let text: string;
  try {
    const options = { totalTimeoutMs: limits.upstreamMetadataMs, maxBytes: limits.oauthDocumentBytesMax };
    response = await egress(url, { method: "GET", headers: { accept: "application/json" }, ...options });
    if (response.status !== 200) {
      response.dump();
      return response.status >= 400 && response.status < 500 && response.status !== 429
        ? { kind: "absent" }
        : failed("unavailable", `status ${response.status} from ${url}`);
    }
    text = await response.text();
  } catch (error) {
    return egressFailed(error, url);
  }
  const document = parseObject(text);
  if (document) return { kind: "document", document };
  // Many sites answer any path with their own web page.
  return isJson(response.headers["content-type"]) ? failed("bad_metadata", `no JSON object at ${url}`) : { kind: "absent" };
}

/** What a broken request to a sign-in service means; faults of ours are thrown on. */
export function egressFailed(error: unknown, url: string): Failed {
  if (!isEgressError(error)) throw error;
  if (error.cause_ === "blocked" || error.cause_ === "invalid_url") return failed("blocked", url);
  if (error.cause_ === "redirect") return failed("bad_metadata", `${url} redirects, which is not followed`);
  if (error.cause_ === "too_large" || error.cause_ === "encoding") return failed("bad_metadata", `${error.message} at ${url}`);
  return failed("unavailable", `${error.cause_} at ${url}`);
}

export function parseObject(text: string): Document | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Document) : null; // An object, by the condition.
  } catch {
    return null;
  }
}

export const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" && value.length <= 2_048 ? value : null);

export const listOf = (value: unknown): readonly string[] | null =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string" && item !== "").slice(0, 200) : null;

/** Whether an address may be asked, or put before a person: what the egress rules allow, so https but for what the operator listed (UP-11, UP-15). */
export function isSafeAddress(url: string): boolean {
  try {
    checkedUrl(url, env().egressAllow);
    return true;
  } catch (error) {
    if (isEgressError(error)) return false;
    throw error;
  }
}

const isJson = (contentType: string | undefined) => /^application\/([a-z0-9.-]+\+)?json\s*(;|$)/i.test(contentType ?? "");
