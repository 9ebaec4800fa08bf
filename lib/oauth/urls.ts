import { env } from "@/lib/env";

/** The authorization server's name: the public origin, byte for byte, without a trailing slash (RFC 8414, RFC 9207). */
export const issuer = () => env().publicUrl;

/** The one RFC 8707 resource of a portal, and the URL people paste. */
export const portalResource = (orgSlug: string, portalSlug: string) => `${issuer()}${portalPath(orgSlug, portalSlug)}`;

/** Where the portal's protected-resource metadata lies: path insertion, RFC 9728 section 3.1. */
export const resourceMetadataUrl = (orgSlug: string, portalSlug: string) =>
  `${issuer()}/.well-known/oauth-protected-resource${portalPath(orgSlug, portalSlug)}`;

/**
 * The slugs inside a `resource` value, or null when it names no portal address of this origin. Compared as a string, one
 * trailing slash ignored; nothing is decoded or normalised.
 */
export function portalOfResource(resource: string): { orgSlug: string; portalSlug: string } | null {
  const prefix = `${issuer()}/mcp/`;
  if (!resource.startsWith(prefix)) return null;
  const slugs = /^([a-z0-9][a-z0-9-]{0,62})\/([a-z0-9][a-z0-9-]{0,31})\/?$/.exec(resource.slice(prefix.length));
  return slugs?.[1] && slugs[2] ? { orgSlug: slugs[1], portalSlug: slugs[2] } : null;
}

function portalPath(orgSlug: string, portalSlug: string): string {
  return `/mcp/${encodeURIComponent(orgSlug)}/${encodeURIComponent(portalSlug)}`;
}
