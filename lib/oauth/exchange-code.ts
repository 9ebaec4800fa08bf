import { and, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { codes, grants } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { type OAuthAnswer, type Refusal, refusalAnswer, refuse } from "./answer";
import { admitsClient } from "./client-rules";
import { touchClient } from "./clients";
import { grantFacts } from "./grant-facts";
import { revokeGrant } from "./grants";
import { doctorLifetimes, grantEnd, lifetimesOf } from "./lifetimes";
import { mintPair } from "./mint";
import { verifies } from "./pkce";
import { resourceProblem, type TokenRequest } from "./client-form";

const failuresMax = 5;

type Found = typeof codes.$inferSelect & { orgId: string; portalId: string; resource: string; correlationId: string; isDoctor: boolean };

/** Redeems an authorization code. */
export async function exchangeCode(db: Database, request: TokenRequest, now: Date): Promise<OAuthAnswer> {
  const code = request.given.one("code");
  if (!code) return refusalAnswer(refuse("invalid_request", "`code` is missing"));
  const found = await findCode(db, hashToken(code));
  return found ? { ...(await redeemed(db, found, request, now)), reference: found.correlationId || undefined } : refusalAnswer(badCode);
}

async function redeemed(db: Database, found: Found, request: TokenRequest, now: Date): Promise<OAuthAnswer> {
  if (found.usedAt) return replayed(db, found, request, now);
  if (found.expiresAt <= now || found.failures >= failuresMax) return refusalAnswer(badCode);
  const problem = codeProblem(found, request);
  if (problem) return failed(db, found, request, { ...problem, reason: problem.error }, now);
  if (!(await admitsClient(db, found))) return failed(db, found, request, { ...notListed, reason: "client_not_listed" }, now);
  const answer = await db.transaction((tx) => redeem(tx, found, request, now));
  return answer ?? replayed(db, found, request, now);
}

const notListed = refuse("invalid_grant", "the organization does not list this app");
const badCode = refuse("invalid_grant", "the code is unknown, used, expired, or meant for another client");

async function findCode(db: Database, codeHash: string): Promise<Found | null> {
  const [found] = await db
    .select({
      code: codes,
      grant: { orgId: grants.orgId, portalId: grants.portalId, resource: grants.resource, correlationId: grants.correlationId, isDoctor: grants.isDoctor },
    })
    .from(codes)
    .innerJoin(grants, eq(grants.id, codes.grantId))
    .where(eq(codes.codeHash, codeHash))
    .limit(1);
  return found ? { ...found.code, ...found.grant } : null;
}

function codeProblem(found: Found, { given, client }: TokenRequest): Refusal | null {
  if (found.clientId !== client.id || found.redirectUri !== given.one("redirect_uri")) return badCode;
  if (!verifies(given.one("code_verifier"), found.codeChallenge)) return refuse("invalid_grant", "`code_verifier` does not fit the challenge");
  return resourceProblem(given, found.resource);
}

/** Null when somebody else was faster. The condition makes redemption one atomic statement (OA-04). */
async function redeem(tx: Database, found: Found, { client, ip, userAgent }: TokenRequest, now: Date): Promise<OAuthAnswer | null> {
  const taken = await tx
    .update(codes)
    .set({ usedAt: now })
    .where(and(eq(codes.codeHash, found.codeHash), isNull(codes.usedAt), gt(codes.expiresAt, now), lt(codes.failures, failuresMax)))
    .returning({ grantId: codes.grantId });
  if (taken.length === 0) return null;
  const lifetimes = found.isDoctor ? doctorLifetimes : await lifetimesOf(tx, found);
  const [grant] = await tx
    .update(grants)
    .set({ expiresAt: grantEnd(found.createdAt, lifetimes), lastUsedAt: now })
    .where(and(eq(grants.id, found.grantId), isNull(grants.revokedAt)))
    .returning({ id: grants.id, scope: grants.scope, expiresAt: grants.expiresAt });
  if (!grant) return refusalAnswer(badCode);
  await touchClient(tx, client, now);
  await recordAccess(tx, now, { ...(await grantFacts(tx, grant.id)), kind: "token_issued", outcome: "ok", ip, userAgent });
  return mintPair(tx, grant, lifetimes, now);
}

/** OA-05: a wrong attempt leaves the code to its rightful client; a handful ends it. */
async function failed(db: Database, found: Found, { ip, userAgent }: TokenRequest, problem: Refusal & { reason: string }, now: Date): Promise<OAuthAnswer> {
  await db.transaction(async (tx) => {
    await tx
      .update(codes)
      .set({ failures: sql`${codes.failures} + 1` })
      .where(eq(codes.codeHash, found.codeHash));
    const facts = await grantFacts(tx, found.grantId);
    await recordAccess(tx, now, { ...facts, kind: "token_refused", outcome: "refused", reason: problem.reason, ip, userAgent });
  });
  return refusalAnswer(problem);
}

/** OA-04: a code that turns up twice has leaked, so everything issued from it ends. */
async function replayed(db: Database, found: Found, { ip, userAgent }: TokenRequest, now: Date): Promise<OAuthAnswer> {
  await db.transaction(async (tx) => {
    const facts = await grantFacts(tx, found.grantId);
    const ended = await revokeGrant(tx, found.grantId, "code_replay", now);
    if (ended) await recordAccess(tx, now, { ...facts, kind: "code_replay", outcome: "refused", reason: "code_replay", ip, userAgent });
  });
  return refusalAnswer(badCode);
}
