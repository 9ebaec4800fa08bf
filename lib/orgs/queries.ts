import { and, asc, count, countDistinct, eq, isNull } from "drizzle-orm";
import { calls, grants, groups, members, organizations, policies, portals, servers } from "@/drizzle/schema";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { type Role, requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { notFound } from "@/lib/errors";
import { organizationSlugSchema } from "./schema";

export type MyOrganization = { id: string; slug: string; name: string; role: Role };

export async function listMyOrganizations(person: PersonContext): Promise<MyOrganization[]> {
  return person.db
    .select({ id: organizations.id, slug: organizations.slug, name: organizations.name, role: members.role })
    .from(members)
    .innerJoin(organizations, eq(organizations.id, members.orgId))
    .where(eq(members.personId, person.person.id))
    .orderBy(asc(organizations.name), asc(organizations.id))
    .limit(200);
}

export type Organization = { id: string; slug: string; name: string; retentionDays: number; createdAt: Date };

export async function getOrganization(ctx: OrgContext): Promise<Organization> {
  requireRight(ctx, "org.read");
  const [found] = await ctx.db
    .select({
      id: organizations.id,
      slug: organizations.slug,
      name: organizations.name,
      retentionDays: organizations.retentionDays,
      createdAt: organizations.createdAt,
    })
    .from(organizations)
    .where(eq(organizations.id, ctx.org.id));
  if (!found) throw notFound("organization", ctx.org.slug);
  return found;
}

export type SlugAvailability = { available: true } | { available: false; reason: string };

/** Whether a new organization may have this address. A hint while typing; the unique index decides. */
export async function slugAvailability(db: Database, slug: string): Promise<SlugAvailability> {
  const parsed = organizationSlugSchema.safeParse(slug);
  if (!parsed.success) return { available: false, reason: parsed.error.issues[0]?.message ?? "is not a valid address" };
  const [taken] = await db.select({ id: organizations.id }).from(organizations).where(eq(organizations.slug, parsed.data)).limit(1);
  return taken ? { available: false, reason: "is taken" } : { available: true };
}

export type OrganizationImpact = Record<"servers" | "portals" | "policies" | "groups" | "members" | "connectedPeople" | "calls", number>;

/** What goes with the organization when it is deleted. */
export async function organizationImpact(ctx: OrgContext): Promise<OrganizationImpact> {
  requireRight(ctx, "org.read");
  const rowsOf = async (table: typeof servers | typeof portals | typeof policies | typeof groups | typeof members | typeof calls) => {
    const [row] = await ctx.db.select({ n: count() }).from(table).where(eq(table.orgId, ctx.org.id));
    return row?.n ?? 0;
  };
  const connected = async () => {
    const [row] = await ctx.db
      .select({ n: countDistinct(grants.personId) })
      .from(grants)
      .where(and(eq(grants.orgId, ctx.org.id), isNull(grants.revokedAt)));
    return row?.n ?? 0;
  };
  const [serverCount, portalCount, policyCount, groupCount, memberCount, connectedPeople, callCount] = await Promise.all([
    rowsOf(servers),
    rowsOf(portals),
    rowsOf(policies),
    rowsOf(groups),
    rowsOf(members),
    connected(),
    rowsOf(calls),
  ]);
  return { servers: serverCount, portals: portalCount, policies: policyCount, groups: groupCount, members: memberCount, connectedPeople, calls: callCount };
}
