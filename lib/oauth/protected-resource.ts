import type { Database } from "@/lib/db/types";
import { findPortal } from "@/lib/portals/view";
import { protectedResourceMetadata } from "./metadata";

/**
 * The RFC 9728 document for the path behind `/.well-known/oauth-protected-resource`, or null. The root names no portal, and
 * never answers with another one's document: clients compare `resource` with the URL they were given.
 */
export async function findProtectedResource(db: Database, path: readonly string[]) {
  const [mcp, orgSlug, portalSlug, ...rest] = path;
  if (mcp !== "mcp" || !isSlug(orgSlug) || !isSlug(portalSlug) || rest.some((segment) => segment !== "")) return null;
  const portal = await findPortal(db, orgSlug, portalSlug);
  return portal && protectedResourceMetadata(portal);
}

const isSlug = (segment: string | undefined): segment is string => segment !== undefined && /^[a-z0-9][a-z0-9-]{0,62}$/.test(segment);
