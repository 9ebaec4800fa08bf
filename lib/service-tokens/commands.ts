import { and, asc, count, eq, inArray, isNull } from "drizzle-orm";
import { accessTokens, grants, portals, serviceTokens } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { isDuplicate } from "@/lib/db/conflicts";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";
import { hashToken, newId, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { revokeGrantsOfServiceToken } from "@/lib/oauth/grants";
import { grantedScope } from "@/lib/oauth/scope";
import { issuer, portalResource } from "@/lib/oauth/urls";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { lockOrganization } from "@/lib/orgs/lock";
import type { CreateServiceToken, RotateServiceToken } from "./schema";

/** What is shown once: nobody can read the secret again. */
export type FreshSecret = {
  id: string;
  name: string;
  secret: string;
  expiresAt: Date;
  /** Until when the secret before it works, too. */
  oldSecretUntil: Date | null;
  tokenEndpoint: string;
  portals: { name: string; url: string }[];
};

/** A machine's way into some portals. Each of them gets a grant now, so a session of one outlives its access tokens. */
export async function createServiceToken(ctx: OrgContext, input: CreateServiceToken): Promise<FreshSecret> {
  requireRight(ctx, "org.manage");
  const [id, secret, expiresAt] = [newId("svc", ctx.now.getTime()), newToken("ghs"), inDays(ctx, input.days)];
  return uniquely(input.name, () =>
    ctx.db.transaction(async (tx) => {
      await lockOrganization(tx, ctx, "org.manage");
      await keepBelowLimit(tx, ctx);
      const bound = await portalsOf(tx, ctx, [...new Set(input.portalId)]);
      const row = { id, orgId: ctx.org.id, name: input.name, secretHash: hashToken(secret), createdBy: ctx.actor.email, createdAt: ctx.now, expiresAt };
      await tx.insert(serviceTokens).values(row);
      await tx.insert(grants).values(bound.map((portal) => aGrant(ctx, id, portal, expiresAt)));
      const after = { portals: bound.map(({ name }) => name), expiresAt: expiresAt.toISOString() };
      await recordAudit(tx, ctx, { action: "service_token.created", target: { kind: "service_token", id, name: input.name }, after });
      await bumpAccessVersion(tx, ctx.org.id);
      return fresh(ctx, { id, name: input.name, expiresAt, oldSecretUntil: null }, secret, bound);
    }),
  );
}

/** A new secret, and a new end. The one before it works on for the chosen hours; with none, what was bought with it ends too. */
export async function rotateServiceToken(ctx: OrgContext, input: RotateServiceToken): Promise<FreshSecret> {
  requireRight(ctx, "org.manage");
  const [secret, expiresAt] = [newToken("ghs"), inDays(ctx, input.days)];
  const oldSecretUntil = new Date(ctx.now.getTime() + input.overlap * 3_600_000);
  return ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "org.manage");
    const before = await liveToken(tx, ctx, input.serviceTokenId);
    const change = { secretHash: hashToken(secret), oldSecretHash: before.secretHash, oldSecretUntil, expiresAt };
    await tx.update(serviceTokens).set(change).where(itself(ctx, before.id));
    const held = await tx.update(grants).set({ expiresAt }).where(heldBy(ctx, before.id)).returning({ id: grants.id, portalId: grants.portalId });
    const grantIds = held.map((grant) => grant.id);
    if (input.overlap === 0) await tx.delete(accessTokens).where(inArray(accessTokens.grantId, grantIds));
    await recordAudit(tx, ctx, {
      action: "service_token.rotated",
      target: { kind: "service_token", id: before.id, name: before.name },
      before: { expiresAt: before.expiresAt.toISOString() },
      after: { expiresAt: expiresAt.toISOString(), oldSecretUntil: oldSecretUntil.toISOString() },
    });
    await bumpAccessVersion(tx, ctx.org.id);
    const bound = await portalsOf(
      tx,
      ctx,
      held.map((grant) => grant.portalId),
    );
    return fresh(ctx, { ...before, expiresAt, oldSecretUntil: input.overlap === 0 ? null : oldSecretUntil }, secret, bound);
  });
}

/** Its secrets, grants and tokens end at once. The row stays a while and says so. */
export async function revokeServiceToken(ctx: OrgContext, input: { serviceTokenId: string }): Promise<void> {
  requireRight(ctx, "org.manage");
  await ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "org.manage");
    const [found] = await tx
      .select({ id: serviceTokens.id, name: serviceTokens.name, revokedAt: serviceTokens.revokedAt })
      .from(serviceTokens)
      .where(itself(ctx, input.serviceTokenId));
    if (!found) throw notFound("service token", input.serviceTokenId);
    if (found.revokedAt) throw new AppError("conflict", `\`${found.name}\` is revoked already`);
    await tx.update(serviceTokens).set({ revokedAt: ctx.now }).where(itself(ctx, found.id));
    const grantsEnded = await revokeGrantsOfServiceToken(tx, { orgId: ctx.org.id, serviceTokenId: found.id }, "admin", ctx.now);
    await recordAudit(tx, ctx, { action: "service_token.revoked", target: { kind: "service_token", id: found.id, name: found.name }, after: { grantsEnded } });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

const inDays = (ctx: OrgContext, days: number) => new Date(ctx.now.getTime() + days * 86_400_000);
const itself = (ctx: OrgContext, id: string) => and(eq(serviceTokens.orgId, ctx.org.id), eq(serviceTokens.id, id));
const heldBy = (ctx: OrgContext, id: string) => and(eq(grants.orgId, ctx.org.id), eq(grants.serviceTokenId, id), isNull(grants.revokedAt));

async function keepBelowLimit(tx: Database, ctx: OrgContext): Promise<void> {
  const [row] = await tx
    .select({ n: count() })
    .from(serviceTokens)
    .where(and(eq(serviceTokens.orgId, ctx.org.id), isNull(serviceTokens.revokedAt)));
  if ((row?.n ?? 0) >= limits.serviceTokensMax) throw new AppError("limit", `an organization has at most ${limits.serviceTokensMax} service tokens`);
}

type Bound = { id: string; name: string; slug: string };

async function portalsOf(tx: Database, ctx: OrgContext, ids: readonly string[]): Promise<Bound[]> {
  const found = await tx
    .select({ id: portals.id, name: portals.name, slug: portals.slug })
    .from(portals)
    .where(and(eq(portals.orgId, ctx.org.id), inArray(portals.id, [...ids])))
    .orderBy(asc(portals.name), asc(portals.id));
  const missing = ids.find((id) => !found.some((portal) => portal.id === id));
  if (missing !== undefined) throw notFound("portal", missing);
  return found;
}

function aGrant(ctx: OrgContext, serviceTokenId: string, portal: Bound, expiresAt: Date) {
  const names = { orgId: ctx.org.id, portalId: portal.id, serviceTokenId, resource: portalResource(ctx.org.slug, portal.slug) };
  return { id: newId("gnt", ctx.now.getTime()), ...names, scope: grantedScope, redirectUri: "", createdAt: ctx.now, expiresAt };
}

async function liveToken(tx: Database, ctx: OrgContext, id: string) {
  const [found] = await tx.select().from(serviceTokens).where(itself(ctx, id));
  if (!found) throw notFound("service token", id);
  if (found.revokedAt) throw new AppError("conflict", `\`${found.name}\` is revoked; create a new one`);
  if (found.expiresAt <= ctx.now) throw new AppError("conflict", `\`${found.name}\` has expired; create a new one`);
  return found;
}

const fresh = (
  ctx: OrgContext,
  token: Pick<FreshSecret, "id" | "name" | "expiresAt" | "oldSecretUntil">,
  secret: string,
  bound: readonly Bound[],
): FreshSecret => ({
  ...{ id: token.id, name: token.name, expiresAt: token.expiresAt, oldSecretUntil: token.oldSecretUntil, secret },
  tokenEndpoint: `${issuer()}/oauth/token`,
  portals: bound.map(({ name, slug }) => ({ name, url: portalResource(ctx.org.slug, slug) })),
});

async function uniquely<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDuplicate(error, "service_token_name_key")) throw new AppError("conflict", `a service token \`${name}\` exists already`, { field: "name" });
    throw error;
  }
}
