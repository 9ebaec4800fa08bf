import type { JsonObject } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";
import type { Refusal } from "./answer";
import { type ClientDescription, readClientMetadata } from "./client-metadata";

/** How a document is fetched: the egress module's request in production, a fake at the network in tests. */
export type FetchDocument = (url: string) => Promise<{ status: number; headers: Record<string, string>; text(): Promise<string> }>;

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

/** Fetches and checks the document. Null for every kind of failure: the caller must not learn which (OA-21). */
export async function fetchClientDocument(clientId: string, fetchDocument: FetchDocument, native: readonly string[]): Promise<FetchedClient | null> {
  try {
    const reply = await fetchDocument(clientId);
    const text = await reply.text();
    if (reply.status !== 200 || !isJson(reply.headers["content-type"]) || Buffer.byteLength(text) > limits.cimdBytesMax) return null;
    const description = readDocument(clientId, JSON.parse(text), native);
    return "error" in description ? null : { description, cacheSeconds: cacheSeconds(reply.headers["cache-control"]) };
  } catch {
    return null;
  }
}

function readDocument(clientId: string, value: unknown, native: readonly string[]): ClientDescription | Refusal {
  const refused: Refusal = { error: "invalid_client", description: "the document does not describe this client" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refused;
  const document = value as JsonObject; // A JSON object, by the line above.
  if (document.client_id !== clientId || typeof document.client_name !== "string") return refused;
  // A secret in a public document is no secret; keys are for authentication methods that are not offered here.
  if ("client_secret" in document || holdsPrivateKey(document.jwks)) return refused;
  if (document.token_endpoint_auth_method !== undefined && document.token_endpoint_auth_method !== "none") return refused;
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
