import { and, eq, isNotNull, isNull, lt, notExists, or } from "drizzle-orm";
import { accessTokens, authorizations, clients, codes, grants, refreshTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";

const daySeconds = 86_400;

/** Upkeep: removes what can no longer be used. Ended grants stay for ninety days, so that a late replay is still recognised. */
export async function removeExpiredOAuth(db: Database, now: Date): Promise<void> {
  const ago = (days: number) => new Date(now.getTime() - days * daySeconds * 1_000);
  await db.delete(authorizations).where(lt(authorizations.expiresAt, ago(1)));
  await db.delete(codes).where(lt(codes.expiresAt, ago(1)));
  await db.delete(accessTokens).where(lt(accessTokens.expiresAt, now));
  await db.delete(refreshTokens).where(lt(refreshTokens.expiresAt, now));
  await db.delete(grants).where(or(lt(grants.revokedAt, ago(90)), lt(grants.expiresAt, ago(90))));
  const unheld = notExists(db.select({ id: grants.id }).from(grants).where(eq(grants.clientId, clients.id)));
  await db.delete(clients).where(and(eq(clients.kind, "dcr"), isNotNull(clients.expiresAt), lt(clients.expiresAt, now), unheld));
  // A document's row is a cache; used or not, it goes when nobody holds a grant and it was not asked for in ninety days.
  const idle = or(lt(clients.lastUsedAt, ago(90)), and(isNull(clients.lastUsedAt), lt(clients.expiresAt, ago(1))));
  await db.delete(clients).where(and(eq(clients.kind, "cimd"), idle, unheld));
}
