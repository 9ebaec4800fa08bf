import { resourceMetadataUrl } from "./urls";

export type Bearer = { kind: "none" } | { kind: "malformed" } | { kind: "token"; token: string };

const tokenCharsMax = 512;

/** The bearer token of an `Authorization` header (RFC 6750). Other schemes count as malformed, since no other is offered. */
export function readBearer(authorization: string | null | undefined): Bearer {
  if (authorization === null || authorization === undefined || authorization.trim() === "") return { kind: "none" };
  if (authorization.length > tokenCharsMax) return { kind: "malformed" };
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization)?.[1];
  return token ? { kind: "token", token } : { kind: "malformed" };
}

/** The `WWW-Authenticate` value of a 401 or 403 at a portal. `offline_access` never appears here (OA-12). */
export function challenge(portal: { orgSlug: string; portalSlug: string }, error?: "invalid_token" | "insufficient_scope"): string {
  const parts = [`resource_metadata="${resourceMetadataUrl(portal.orgSlug, portal.portalSlug)}"`, 'scope="mcp"'];
  return `Bearer ${error ? [`error="${error}"`, ...parts].join(", ") : parts.join(", ")}`;
}
