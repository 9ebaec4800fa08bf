import { and, asc, count, eq, gt, isNotNull, isNull } from "drizzle-orm";
import { clientRules, grants, organizations } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { type ClientRule, isListed } from "./listed";
import { vendorIds } from "./vendors";

/** Whether an organization lets this client, returning to this address, into its portals. Asked where a grant begins and at each refresh. */
export async function admitsClient(db: Database, asked: { orgId: string; clientId: string; redirectUri: string }): Promise<boolean> {
  const rules = await rulesOf(db, asked.orgId);
  return rules === null || isListed(rules, asked);
}

export type ClientRules = { clients: "any" | "listed"; vendors: string[]; redirects: string[]; clientIds: string[] };

/** The list as its page shows it. Until somebody has saved one, the known vendors are on it. */
export async function getClientRules(ctx: OrgContext): Promise<ClientRules> {
  requireRight(ctx, "org.read");
  const [[organization], rules] = await Promise.all([
    ctx.db.select({ clients: organizations.clients }).from(organizations).where(eq(organizations.id, ctx.org.id)),
    storedRules(ctx.db, ctx.org.id),
  ]);
  const clients = organization?.clients ?? "any";
  const kept = byKind(rules);
  return clients === "any" && rules.length === 0 ? { clients, ...kept, vendors: [...vendorIds] } : { clients, ...kept };
}

/** How many connected apps are not on the list, and so end when they next refresh. */
export async function countUnlistedApps(ctx: OrgContext): Promise<number> {
  requireRight(ctx, "org.read");
  const rules = await rulesOf(ctx.db, ctx.org.id);
  if (rules === null) return 0;
  const rows = await ctx.db
    .select({ clientId: grants.clientId, redirectUri: grants.redirectUri, n: count() })
    .from(grants)
    .where(and(eq(grants.orgId, ctx.org.id), isNotNull(grants.clientId), isNull(grants.revokedAt), gt(grants.expiresAt, ctx.now)))
    .groupBy(grants.clientId, grants.redirectUri)
    .limit(10_000);
  return rows.filter(({ clientId, redirectUri }) => clientId !== null && !isListed(rules, { clientId, redirectUri })).reduce((sum, row) => sum + row.n, 0);
}

export const byKind = (rules: readonly ClientRule[]): Omit<ClientRules, "clients"> => ({
  vendors: valuesOf(rules, "vendor"),
  redirects: valuesOf(rules, "redirect"),
  clientIds: valuesOf(rules, "client_id"),
});

export function storedRules(db: Database, orgId: string): Promise<ClientRule[]> {
  return db
    .select({ kind: clientRules.kind, value: clientRules.value })
    .from(clientRules)
    .where(eq(clientRules.orgId, orgId))
    .orderBy(asc(clientRules.kind), asc(clientRules.value));
}

/** Null where any client may be connected. */
async function rulesOf(db: Database, orgId: string): Promise<ClientRule[] | null> {
  const [organization] = await db.select({ clients: organizations.clients }).from(organizations).where(eq(organizations.id, orgId)).limit(1);
  return organization?.clients === "any" ? null : storedRules(db, orgId);
}

const valuesOf = (rules: readonly ClientRule[], kind: ClientRule["kind"]) => rules.filter((rule) => rule.kind === kind).map((rule) => rule.value);
