import { accessTokens, refreshTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import type { OAuthAnswer } from "./answer";
import type { Lifetimes } from "./lifetimes";

type Grant = { id: string; scope: string; expiresAt: Date };

/** A new pair in the grant's family; neither outlives the grant. Only hashes are stored (CR-05). */
export async function mintPair(tx: Database, grant: Grant, { accessTokenSeconds }: Lifetimes, now: Date): Promise<OAuthAnswer> {
  const [access, refresh] = [newToken("gha"), newToken("ghr")];
  const until = (seconds: number) => new Date(Math.min(now.getTime() + seconds * 1_000, grant.expiresAt.getTime()));
  const accessUntil = until(accessTokenSeconds);
  await tx.insert(accessTokens).values({ tokenHash: hashToken(access), grantId: grant.id, createdAt: now, expiresAt: accessUntil });
  await tx.insert(refreshTokens).values({ tokenHash: hashToken(refresh), grantId: grant.id, createdAt: now, expiresAt: until(limits.refreshIdleSeconds) });
  return {
    status: 200,
    body: {
      access_token: access,
      token_type: "Bearer",
      expires_in: Math.floor((accessUntil.getTime() - now.getTime()) / 1_000),
      refresh_token: refresh,
      scope: grant.scope,
    },
  };
}
