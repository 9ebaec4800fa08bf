import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { grants, portals, serviceTokens } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { notFound } from "@/lib/errors";
import { groupBy } from "@/lib/group-by";
import { portalResource } from "@/lib/oauth/urls";
import { type ServiceTokenState, stateOf } from "./state";

export type BoundPortal = { id: string; name: string; url: string };
export type ServiceTokenItem = {
  id: string;
  name: string;
  state: ServiceTokenState;
  portals: BoundPortal[];
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** Until when the secret before the present one works, too; null when it does not. */
  oldSecretUntil: Date | null;
};

const rowsMax = 500;

/** The organization's service tokens: those that are not revoked first, then by name. */
export function listServiceTokens(ctx: OrgContext): Promise<ServiceTokenItem[]> {
  requireRight(ctx, "org.read");
  return itemsWhere(ctx, undefined);
}

export async function getServiceToken(ctx: OrgContext, serviceTokenId: string): Promise<ServiceTokenItem> {
  requireRight(ctx, "org.read");
  const [found] = await itemsWhere(ctx, eq(serviceTokens.id, serviceTokenId));
  if (!found) throw notFound("service token", serviceTokenId);
  return found;
}

/** The service tokens that are bound to a portal and not revoked. */
export function listServiceTokensOfPortal(ctx: OrgContext, portalId: string): Promise<ServiceTokenItem[]> {
  requireRight(ctx, "org.read");
  const bound = ctx.db
    .select({ id: grants.serviceTokenId })
    .from(grants)
    .where(and(eq(grants.orgId, ctx.org.id), eq(grants.portalId, portalId), isNull(grants.revokedAt)));
  return itemsWhere(ctx, and(isNull(serviceTokens.revokedAt), inArray(serviceTokens.id, bound)));
}

async function itemsWhere(ctx: OrgContext, where: ReturnType<typeof and>): Promise<ServiceTokenItem[]> {
  const rows = await ctx.db
    .select()
    .from(serviceTokens)
    .where(and(eq(serviceTokens.orgId, ctx.org.id), where))
    .orderBy(sql`${serviceTokens.revokedAt} is not null`, asc(serviceTokens.name), asc(serviceTokens.id))
    .limit(rowsMax);
  const ids = rows.map((row) => row.id);
  const bound = await ctx.db
    .select({ tokenId: grants.serviceTokenId, id: portals.id, name: portals.name, slug: portals.slug, lastUsedAt: grants.lastUsedAt })
    .from(grants)
    .innerJoin(portals, and(eq(portals.orgId, grants.orgId), eq(portals.id, grants.portalId)))
    .where(and(eq(grants.orgId, ctx.org.id), inArray(grants.serviceTokenId, ids)))
    .orderBy(asc(portals.name), asc(portals.id));
  const boundTo = groupBy(bound, (row) => row.tokenId);
  return rows.map((row) => toItem(ctx, row, boundTo.get(row.id) ?? []));
}

type Bound = { id: string; name: string; slug: string; lastUsedAt: Date | null };

function toItem(ctx: OrgContext, row: typeof serviceTokens.$inferSelect, bound: readonly Bound[]): ServiceTokenItem {
  const used = bound.flatMap(({ lastUsedAt }) => (lastUsedAt ? [lastUsedAt.getTime()] : []));
  const { id, name, createdBy, createdAt, expiresAt, revokedAt, oldSecretUntil } = row;
  return {
    ...{ id, name, createdBy, createdAt, expiresAt, revokedAt, state: stateOf(row, ctx.now) },
    portals: bound.map((portal) => ({ id: portal.id, name: portal.name, url: portalResource(ctx.org.slug, portal.slug) })),
    lastUsedAt: used.length > 0 ? new Date(Math.max(...used)) : null,
    oldSecretUntil: oldSecretUntil && oldSecretUntil > ctx.now ? oldSecretUntil : null,
  };
}
