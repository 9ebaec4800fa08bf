import { and, asc, count, eq, isNotNull } from "drizzle-orm";
import { groupPeople, groups, people } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { notFound } from "@/lib/errors";
import { limits } from "@/lib/limits";
import { type Listed, type ListFilter, pageOf } from "@/lib/members/paging";
import { contains } from "@/lib/orgs/contains";
import { policiesMentioning } from "./mentions";

export type GroupRow = { id: string; name: string; description: string; people: number; createdAt: Date };

export async function listGroups(ctx: OrgContext, filter: ListFilter = {}): Promise<Listed<GroupRow>> {
  requireRight(ctx, "org.read");
  const where = and(eq(groups.orgId, ctx.org.id), contains(filter.q, groups.name, groups.description));
  const sizes = ctx.db
    .select({ groupId: groupPeople.groupId, n: count().as("people_count") })
    .from(groupPeople)
    .where(eq(groupPeople.orgId, ctx.org.id))
    .groupBy(groupPeople.groupId)
    .as("sizes");
  const page = pageOf(filter);
  const [rows, [all]] = await Promise.all([
    ctx.db
      .select({ id: groups.id, name: groups.name, description: groups.description, people: sizes.n, createdAt: groups.createdAt })
      .from(groups)
      .leftJoin(sizes, eq(sizes.groupId, groups.id))
      .where(where)
      .orderBy(asc(groups.name), asc(groups.id))
      .limit(limits.pageRows)
      .offset((page - 1) * limits.pageRows),
    ctx.db.select({ n: count() }).from(groups).where(where),
  ]);
  return { rows: rows.map((row) => ({ ...row, people: row.people ?? 0 })), total: all?.n ?? 0, page, pageRows: limits.pageRows };
}

/** Every group by name, for a control that lets one be chosen. */
export async function listGroupOptions(ctx: OrgContext): Promise<{ id: string; name: string }[]> {
  requireRight(ctx, "org.read");
  return ctx.db
    .select({ id: groups.id, name: groups.name })
    .from(groups)
    .where(eq(groups.orgId, ctx.org.id))
    .orderBy(asc(groups.name), asc(groups.id))
    .limit(1000);
}

export type Group = { id: string; name: string; description: string; createdAt: Date; policies: { id: string; name: string }[] };

/** A group and the policies whose rules mention it. */
export async function getGroup(ctx: OrgContext, groupId: string): Promise<Group> {
  requireRight(ctx, "org.read");
  const [[found], mentions] = await Promise.all([
    ctx.db
      .select({ id: groups.id, name: groups.name, description: groups.description, createdAt: groups.createdAt })
      .from(groups)
      .where(and(eq(groups.orgId, ctx.org.id), eq(groups.id, groupId))),
    policiesMentioning(ctx.db, ctx.org.id, groupId),
  ]);
  if (!found) throw notFound("group", groupId);
  return { ...found, policies: mentions };
}

export type GroupPerson = {
  email: string;
  name: string /** Whether an account with this address, proven, exists: only then the group applies. */;
  verified: boolean;
};

export async function listGroupPeople(ctx: OrgContext, groupId: string, filter: ListFilter = {}): Promise<Listed<GroupPerson>> {
  requireRight(ctx, "org.read");
  const where = and(eq(groupPeople.orgId, ctx.org.id), eq(groupPeople.groupId, groupId), contains(filter.q, groupPeople.email));
  const page = pageOf(filter);
  const [[group], rows, [all]] = await Promise.all([
    ctx.db
      .select({ id: groups.id })
      .from(groups)
      .where(and(eq(groups.orgId, ctx.org.id), eq(groups.id, groupId))),
    ctx.db
      .select({ email: groupPeople.email, name: people.name, verifiedAt: people.emailVerifiedAt })
      .from(groupPeople)
      .leftJoin(people, and(eq(people.email, groupPeople.email), isNotNull(people.emailVerifiedAt)))
      .where(where)
      .orderBy(asc(groupPeople.email))
      .limit(limits.pageRows)
      .offset((page - 1) * limits.pageRows),
    ctx.db.select({ n: count() }).from(groupPeople).where(where),
  ]);
  if (!group) throw notFound("group", groupId);
  const shown = rows.map((row) => ({ email: row.email, name: row.name ?? "", verified: row.verifiedAt !== null }));
  return { rows: shown, total: all?.n ?? 0, page, pageRows: limits.pageRows };
}
