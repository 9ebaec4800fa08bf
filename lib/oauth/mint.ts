import { accessTokens, refreshTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import type { OAuthAnswer } from "./answer";
import type { Lifetimes } from "./lifetimes";

type Grant = { id: string; scope: string; expiresAt: Date };

/** A new pair in the grant's family; neither outlives the grant. Only hashes are stored (CR-05). */
export async function mintPair(tx: Database, grant: Grant, lifetimes: Lifetimes, now: Date): Promise<OAuthAnswer> {
  const refresh = newToken("ghr");
  const body = await mintAccess(tx, grant, lifetimes, now);
  const expiresAt = endOf(grant, limits.refreshIdleSeconds, now);
  await tx.insert(refreshTokens).values({ tokenHash: hashToken(refresh), grantId: grant.id, createdAt: now, expiresAt });
  return { status: 200, body: { ...body, refresh_token: refresh } };
}

/** An access token alone, as the body of the answer that carries it. */
export async function mintAccess(tx: Database, grant: Grant, { accessTokenSeconds }: Lifetimes, now: Date) {
  const access = newToken("gha");
  const expiresAt = endOf(grant, accessTokenSeconds, now);
  await tx.insert(accessTokens).values({ tokenHash: hashToken(access), grantId: grant.id, createdAt: now, expiresAt });
  const seconds = Math.floor((expiresAt.getTime() - now.getTime()) / 1_000);
  return { access_token: access, token_type: "Bearer", expires_in: seconds, scope: grant.scope };
}

const endOf = (grant: Grant, seconds: number, now: Date) => new Date(Math.min(now.getTime() + seconds * 1_000, grant.expiresAt.getTime()));
