import { eq } from "drizzle-orm";
import { grants, refreshTokens } from "@/drizzle/schema";
import { type AccessEvent, recordAccess } from "@/lib/activity/record";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { type OAuthAnswer, refusalAnswer, refuse } from "./answer";
import { admitsClient } from "./client-rules";
import { touchClient } from "./clients";
import { admit } from "./consent";
import { grantFacts } from "./grant-facts";
import { revokeGrant } from "./grants";
import { grantEnd, lifetimesOf } from "./lifetimes";
import { mintPair } from "./mint";
import { recordOncePerMinute } from "./record-once";
import { resourceProblem, type TokenRequest } from "./client-form";

type Grant = typeof grants.$inferSelect;

/** Rotates a refresh token. */
export async function refreshGrant(db: Database, request: TokenRequest, now: Date): Promise<OAuthAnswer> {
  const token = request.given.one("refresh_token");
  if (!token) return refusalAnswer(refuse("invalid_request", "`refresh_token` is missing"));
  const tokenHash = hashToken(token);
  const grant = await grantOfToken(db, tokenHash);
  // OA-16: another client's token is as good as none, and is not harmed.
  if (!grant?.personId || grant.clientId !== request.client.id) return refusalAnswer(badToken);
  const { personId, clientId } = grant;
  return { ...(await refreshed(db, { ...grant, personId, clientId }, tokenHash, request, now)), reference: grant.correlationId || undefined };
}

async function refreshed(
  db: Database,
  grant: Grant & { personId: string; clientId: string },
  tokenHash: string,
  request: TokenRequest,
  now: Date,
): Promise<OAuthAnswer> {
  const problem = resourceProblem(request.given, grant.resource);
  if (problem) return refusalAnswer(problem);
  // Policy is asked before the transaction: it needs no lock, and every call asks it again anyway (OA-29).
  const [admission, isListed] = await Promise.all([admit(db, grant, grant.personId), admitsClient(db, grant)]);
  const access = isListed ? (admission?.access ?? { allowed: false, by: "gone" }) : { allowed: false, by: notListed };
  return db.transaction((tx) => rotate(tx, grant.id, tokenHash, request, access, now));
}

const notListed = "client_not_listed";
const badToken = refuse("invalid_grant", "the refresh token is unknown, spent, expired, or meant for another client");

async function grantOfToken(db: Database, tokenHash: string): Promise<Grant | null> {
  const [found] = await db
    .select({ grant: grants })
    .from(refreshTokens)
    .innerJoin(grants, eq(grants.id, refreshTokens.grantId))
    .where(eq(refreshTokens.tokenHash, tokenHash))
    .limit(1);
  return found?.grant ?? null;
}

/** The lock on the grant puts uses of one family in a row, so each sees what the one before it did (OA-15). */
async function rotate(
  tx: Database,
  grantId: string,
  tokenHash: string,
  { client, ip, userAgent }: TokenRequest,
  access: { allowed: boolean; by: string },
  now: Date,
): Promise<OAuthAnswer> {
  const [grant] = await tx.select().from(grants).where(eq(grants.id, grantId)).for("update");
  if (!grant || grant.revokedAt || grant.expiresAt <= now) return refusalAnswer(badToken);
  const [token] = await tx.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, tokenHash)).limit(1);
  if (!token) return refusalAnswer(badToken);
  const facts = { ...(await grantFacts(tx, grant.id)), ip, userAgent };
  const recordRefused = (event: AccessEvent) => recordOncePerMinute(tx, `refresh-refused:${grant.id}`, event, now);
  if (token.spentAt && now.getTime() - token.spentAt.getTime() > limits.refreshGraceSeconds * 1_000) {
    await revokeGrant(tx, grant.id, "refresh_replay", now);
    await recordAccess(tx, now, { ...facts, kind: "refresh_replay", outcome: "refused", reason: "refresh_replay" });
    return refusalAnswer(badToken);
  }
  if (token.expiresAt <= now) return refusalAnswer(badToken);
  if (!access.allowed) {
    await recordRefused({ ...facts, kind: "token_refused", outcome: "refused", reason: access.by });
    const why = access.by === notListed ? "the organization does not list this app" : "the portal no longer admits this person";
    return refusalAnswer(refuse("invalid_grant", why));
  }
  const lifetimes = await lifetimesOf(tx, grant);
  // A portal that was given a shorter length shortens living grants here; a longer one is for grants to come.
  const expiresAt = new Date(Math.min(grantEnd(grant.createdAt, lifetimes).getTime(), grant.expiresAt.getTime()));
  if (expiresAt <= now) {
    await tx.update(grants).set({ expiresAt }).where(eq(grants.id, grant.id));
    await bumpAccessVersion(tx, grant.orgId);
    await recordRefused({ ...facts, kind: "token_refused", outcome: "refused", reason: "grant_expired" });
    return refusalAnswer(refuse("invalid_grant", "this portal asks for a new sign-in after a shorter time now"));
  }
  if (!token.spentAt) await tx.update(refreshTokens).set({ spentAt: now }).where(eq(refreshTokens.tokenHash, tokenHash));
  await tx.update(grants).set({ lastUsedAt: now, expiresAt }).where(eq(grants.id, grant.id));
  if (expiresAt < grant.expiresAt) await bumpAccessVersion(tx, grant.orgId);
  await touchClient(tx, client, now);
  return mintPair(tx, { ...grant, expiresAt }, lifetimes, now);
}
