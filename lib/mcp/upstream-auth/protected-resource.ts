import type { Egress } from "@/lib/egress/request";
import { type Document, fetchDocument, isSafeAddress, listOf, textOf } from "./documents";
import { failed } from "./failures";
import type { Failed } from "./types";

/** What a server says about who may enter and who signs them in (RFC 9728). */
export type ProtectedResource = { resource: string; issuer: string; scopes: readonly string[] | null };

const wellKnown = "/.well-known/oauth-protected-resource";

/** The server's own metadata: where its challenge points, then path, then root. Null when it has none (a server of 2025-03-26). */
export async function findProtectedResource(serverUrl: string, announced: string | null, egress: Egress): Promise<ProtectedResource | null | Failed> {
  for (const url of addresses(serverUrl, announced)) {
    if (!isSafeAddress(url)) return failed("unsafe_endpoint", url);
    const fetched = await fetchDocument(url, egress);
    if (fetched.kind === "absent") continue;
    return fetched.kind === "failed" ? fetched : read(fetched.document, serverUrl, url);
  }
  return null;
}

function addresses(serverUrl: string, announced: string | null): string[] {
  const { origin, pathname, search } = new URL(serverUrl);
  const path = pathname === "/" ? "" : pathname.replace(/\/$/, "");
  return [...new Set([...(announced ? [announced] : []), `${origin}${wellKnown}${path}${search}`, `${origin}${wellKnown}`])];
}

function read(document: Document, serverUrl: string, url: string): ProtectedResource | Failed {
  const resource = textOf(document.resource);
  if (!resource) return failed("bad_metadata", `no \`resource\` at ${url}`);
  // Otherwise any server could have tokens made out that open another one (UP-11).
  if (!speaksFor(resource, serverUrl, url)) return failed("resource_mismatch", `${url} is for ${resource}`);
  // Metadata without a sign-in service: the origin is its own, as in 2025-03-26.
  const issuer = listOf(document.authorization_servers)?.[0] ?? new URL(serverUrl).origin;
  return { resource, issuer, scopes: listOf(document.scopes_supported) };
}

/**
 * Whether the document is about this server: it names the server's URL. A document under the origin's own well-known address may also
 * name a parent of it on the same origin, as many servers do.
 */
function speaksFor(resource: string, serverUrl: string, documentUrl: string): boolean {
  if (withoutSlash(resource) === withoutSlash(serverUrl)) return true;
  const [named, server, document] = [URL.parse(resource), new URL(serverUrl), new URL(documentUrl)];
  if (!named || named.hash || named.search || named.origin !== server.origin) return false;
  if (document.origin !== server.origin || !document.pathname.startsWith(wellKnown)) return false;
  const parent = withoutSlash(named.pathname);
  return withoutSlash(server.pathname) === parent || server.pathname.startsWith(`${parent}/`);
}

const withoutSlash = (text: string) => text.replace(/\/$/, "");
