import type { JsonObject } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";
import { type Refusal, refuse } from "./answer";
import { type ClientDescription, readClientMetadata } from "./client-metadata";

/** How a document is fetched: the egress module's request in production, a fake at the network in tests. */
export type FetchDocument = (url: string) => Promise<{ status: number; headers: Record<string, string>; text(): Promise<string>; dump(): void }>;

export type FetchedClient = { description: ClientDescription; cacheSeconds: number };

const cacheSecondsMin = 300;
const cacheSecondsMax = 86_400;

/** Whether a `client_id` can be a metadata document's address (OA-20). Looked at as text: it is never normalised. */
export function isDocumentUrl(clientId: string): boolean {
  if (!/^https:\/\/[a-z0-9.-]+(:\d{1,5})?\/[^#\\\s]+$/.test(clientId) || !/^[\x21-\x7e]+$/.test(clientId)) return false;
  const path =
    clientId
      .slice("https://".length)
      .replace(/^[^/]*/, "")
      .split("?")[0] ?? "";
  const hasDotSegment = path.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
  return !hasDotSegment && URL.canParse(clientId);
}

/** Fetches and checks the document. `problem` is for the operator's log only: the caller must not learn what failed (OA-21). */
export async function fetchClientDocument(
  clientId: string,
  fetchDocument: FetchDocument,
  native: readonly string[],
): Promise<FetchedClient | { problem: string }> {
  try {
    const reply = await fetchDocument(clientId);
    if (reply.status !== 200) {
      reply.dump();
      return { problem: `status ${reply.status}` };
    }
    const text = await reply.text();
    if (!isJson(reply.headers["content-type"])) return { problem: "content type" };
    if (Buffer.byteLength(text) > limits.cimdBytesMax) return { problem: "too long" };
    const description = readDocument(clientId, JSON.parse(text), native);
    return "error" in description ? { problem: description.description } : { description, cacheSeconds: cacheSeconds(reply.headers["cache-control"]) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : "unknown" };
  }
}

function readDocument(clientId: string, value: unknown, native: readonly string[]): ClientDescription | Refusal {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("invalid_client", "not a JSON object");
  const document = value as JsonObject; // A JSON object, by the line above.
  if (document.client_id !== clientId) return refuse("invalid_client", "`client_id` is not the document's address");
  if (typeof document.client_name !== "string") return refuse("invalid_client", "`client_name` is missing");
  // A secret in a public document is no secret; keys are for authentication methods that are not offered here.
  if ("client_secret" in document || holdsPrivateKey(document.jwks)) return refuse("invalid_client", "it holds a secret");
  const method = document.token_endpoint_auth_method ?? "none";
  if (method !== "none") return refuse("invalid_client", "its authentication method is not `none`");
  return readClientMetadata(document, native);
}

/** How long the answer may be kept, by its own words but within five minutes and a day. */
function cacheSeconds(cacheControl: string | undefined): number {
  if (!cacheControl || /no-store|no-cache/i.test(cacheControl)) return cacheSecondsMin;
  const maxAge = Number(/max-age=(\d{1,9})/i.exec(cacheControl)?.[1] ?? cacheSecondsMin);
  return Math.min(cacheSecondsMax, Math.max(cacheSecondsMin, maxAge));
}

const isJson = (contentType: string | undefined) => /^application\/([a-z0-9.-]+\+)?json\s*(;|$)/i.test(contentType ?? "");

function holdsPrivateKey(jwks: unknown): boolean {
  return jwks !== undefined && /"(d|k|p|q|dp|dq|qi)"\s*:/.test(JSON.stringify(jwks) ?? "");
}
