import { and, eq, type SQL } from "drizzle-orm";
import { accessTokens, grants, refreshTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { type OAuthAnswer, refusalAnswer, refuse } from "./answer";
import { revokeGrant } from "./grants";
import { type FormRequest, readClientForm, refusedForm } from "./client-form";

const done: OAuthAnswer = { status: 200, body: {} };

/** RFC 7009: 200 for every token, also for one that is unknown or another client's, which stays as it is (OA-17). */
export async function answerRevocation(db: Database, request: FormRequest, now: Date): Promise<OAuthAnswer> {
  const form = await readClientForm(db, request, now);
  if ("error" in form) return refusedForm(form);
  const token = form.given.one("token");
  if (!token) return refusalAnswer(refuse("invalid_request", "`token` is missing"));
  const reference = await db.transaction(async (tx) => {
    const tokenHash = hashToken(token);
    const mine = "client" in form ? eq(grants.clientId, form.client.id) : eq(grants.serviceTokenId, form.serviceToken.id);
    const [family] = await tx
      .select({ grantId: grants.id, reference: grants.correlationId })
      .from(refreshTokens)
      .innerJoin(grants, eq(grants.id, refreshTokens.grantId))
      .where(and(eq(refreshTokens.tokenHash, tokenHash), mine))
      .limit(1);
    if (!family) return deleteAccessToken(tx, tokenHash, mine);
    await revokeGrant(tx, family.grantId, "client", now);
    return family.reference;
  });
  return { ...done, reference: reference || undefined };
}

async function deleteAccessToken(tx: Database, tokenHash: string, mine: SQL): Promise<string | undefined> {
  const [own] = await tx
    .select({ orgId: grants.orgId, reference: grants.correlationId })
    .from(accessTokens)
    .innerJoin(grants, eq(grants.id, accessTokens.grantId))
    .where(and(eq(accessTokens.tokenHash, tokenHash), mine))
    .limit(1);
  if (!own) return undefined;
  await tx.delete(accessTokens).where(eq(accessTokens.tokenHash, tokenHash));
  await bumpAccessVersion(tx, own.orgId);
  return own.reference;
}
