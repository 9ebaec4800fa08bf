import { and, eq, gt, isNull } from "drizzle-orm";
import { accessTokens, clients, grants, people, serviceTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { holder } from "./holder";
import { resourceMetadataUrl } from "./urls";

export type Bearer = { kind: "none" } | { kind: "malformed" } | { kind: "token"; token: string };

/** A live grant as the endpoint sees it. The caller compares `resource` with its own address (OA-11). */
export type BearerGrant = {
  grantId: string;
  orgId: string;
  portalId: string;
  resource: string;
  clientId: string | null;
  clientName: string;
  /** Null for a service token. */
  personId: string | null;
  holderId: string;
  /** The person's address, or the name of the service token. */
  email: string;
  scope: string;
  /** When the access token ends. */
  expiresAt: Date;
};

const tokenCharsMax = 512;

/** The bearer token of an `Authorization` header (RFC 6750). Other schemes count as malformed, since no other is offered. */
export function readBearer(authorization: string | null | undefined): Bearer {
  if (authorization === null || authorization === undefined || authorization.trim() === "") return { kind: "none" };
  if (authorization.length > tokenCharsMax) return { kind: "malformed" };
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization)?.[1];
  return token ? { kind: "token", token } : { kind: "malformed" };
}

/** The grant behind an access token, in one query; null when the token or its grant is unknown, expired or revoked. */
export async function findGrant(db: Database, token: string, now: Date): Promise<BearerGrant | null> {
  const [found] = await db
    .select({
      grantId: grants.id,
      orgId: grants.orgId,
      portalId: grants.portalId,
      resource: grants.resource,
      clientId: grants.clientId,
      personId: grants.personId,
      ...holder,
      scope: grants.scope,
      expiresAt: accessTokens.expiresAt,
    })
    .from(accessTokens)
    .innerJoin(grants, eq(grants.id, accessTokens.grantId))
    .leftJoin(clients, eq(clients.id, grants.clientId))
    .leftJoin(people, eq(people.id, grants.personId))
    .leftJoin(serviceTokens, and(eq(serviceTokens.orgId, grants.orgId), eq(serviceTokens.id, grants.serviceTokenId)))
    .where(and(eq(accessTokens.tokenHash, hashToken(token)), gt(accessTokens.expiresAt, now), gt(grants.expiresAt, now), isNull(grants.revokedAt)))
    .limit(1);
  return found ?? null;
}

/** The `WWW-Authenticate` value of a 401 or 403 at a portal. `offline_access` never appears here (OA-12). */
export function challenge(portal: { orgSlug: string; portalSlug: string }, error?: "invalid_token" | "insufficient_scope"): string {
  const parts = [`resource_metadata="${resourceMetadataUrl(portal.orgSlug, portal.portalSlug)}"`, 'scope="mcp"'];
  return `Bearer ${error ? [`error="${error}"`, ...parts].join(", ") : parts.join(", ")}`;
}
