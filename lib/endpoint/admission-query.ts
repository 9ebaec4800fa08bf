import { and, eq, gt, isNull, sql } from "drizzle-orm";
import { accessTokens, clients, grants, organizations, people, portals, serviceTokens } from "@/drizzle/schema";
import { perDatabase } from "@/lib/db/prepared";
import type { Database } from "@/lib/db/types";
import { holder } from "@/lib/oauth/holder";

export type TokenFacts = NonNullable<Awaited<ReturnType<typeof findTokenFacts>>>;

/**
 * All that may change between two requests, in one query: the live grant behind the token, whose it is, the portal's address, and
 * the access version that says whether what is cached still holds (ME-04, ME-06).
 */
export async function findTokenFacts(db: Database, tokenHash: string, now: Date) {
  const [found] = await statement(db).execute({ tokenHash, now: now.toISOString() });
  return found ?? null;
}

const statement = perDatabase((db) => {
  const now = sql`${sql.placeholder("now")}::timestamptz`;
  return db
    .select({
      grantId: grants.id,
      orgId: grants.orgId,
      portalId: grants.portalId,
      resource: grants.resource,
      clientId: grants.clientId,
      personId: grants.personId,
      ...holder,
      isDoctor: grants.isDoctor,
      correlationId: grants.correlationId,
      serversOff: grants.serversOff,
      verifiedAt: people.emailVerifiedAt,
      expiresAt: accessTokens.expiresAt,
      orgSlug: organizations.slug,
      portalSlug: portals.slug,
      accessVersion: organizations.accessVersion,
    })
    .from(accessTokens)
    .innerJoin(grants, eq(grants.id, accessTokens.grantId))
    .leftJoin(clients, eq(clients.id, grants.clientId))
    .leftJoin(people, eq(people.id, grants.personId))
    .leftJoin(serviceTokens, and(eq(serviceTokens.orgId, grants.orgId), eq(serviceTokens.id, grants.serviceTokenId)))
    .innerJoin(organizations, eq(organizations.id, grants.orgId))
    .innerJoin(portals, and(eq(portals.orgId, grants.orgId), eq(portals.id, grants.portalId)))
    .where(and(eq(accessTokens.tokenHash, sql.placeholder("tokenHash")), gt(accessTokens.expiresAt, now), gt(grants.expiresAt, now), isNull(grants.revokedAt)))
    .limit(1)
    .prepare("gatehouse_token_facts");
});
