import { and, asc, count, desc, eq, gt, isNull, max } from "drizzle-orm";
import { blocks, grants, invitations, members, people, sessions } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { type Role, requireRight } from "@/lib/auth/roles";
import { notFound } from "@/lib/errors";
import { limits } from "@/lib/limits";
import { contains } from "@/lib/orgs/contains";
import { type Listed, type ListFilter, pageOf } from "./paging";

export type MemberRow = {
  personId: string;
  email: string;
  name: string;
  role: Role;
  emailVerified: boolean;
  /** When a session of theirs was last used; null when none is left. */
  lastSeenAt: Date | null;
  /** Live grants in this organization's portals. */
  grants: number;
  joinedAt: Date;
};

export async function listMembers(ctx: OrgContext, filter: ListFilter = {}): Promise<Listed<MemberRow>> {
  requireRight(ctx, "org.read");
  const where = and(eq(members.orgId, ctx.org.id), contains(filter.q, people.email, people.name));
  const seen = ctx.db
    .select({ personId: sessions.personId, at: max(sessions.lastSeenAt).as("seen_at") })
    .from(sessions)
    .groupBy(sessions.personId)
    .as("seen");
  const live = ctx.db
    .select({ personId: grants.personId, n: count().as("grant_count") })
    .from(grants)
    .where(and(eq(grants.orgId, ctx.org.id), isNull(grants.revokedAt), gt(grants.expiresAt, ctx.now)))
    .groupBy(grants.personId)
    .as("live");
  const page = pageOf(filter);
  const [rows, [all]] = await Promise.all([
    ctx.db
      .select({
        personId: people.id,
        email: people.email,
        name: people.name,
        role: members.role,
        verifiedAt: people.emailVerifiedAt,
        lastSeenAt: seen.at,
        grants: live.n,
        joinedAt: members.createdAt,
      })
      .from(members)
      .innerJoin(people, eq(people.id, members.personId))
      .leftJoin(seen, eq(seen.personId, people.id))
      .leftJoin(live, eq(live.personId, people.id))
      .where(where)
      .orderBy(asc(people.email), asc(people.id))
      .limit(limits.pageRows)
      .offset((page - 1) * limits.pageRows),
    ctx.db.select({ n: count() }).from(members).innerJoin(people, eq(people.id, members.personId)).where(where),
  ]);
  const shown = rows.map(({ verifiedAt, ...row }) => ({ ...row, emailVerified: verifiedAt !== null, grants: row.grants ?? 0 }));
  return { rows: shown, total: all?.n ?? 0, page, pageRows: limits.pageRows };
}

export type Member = Pick<MemberRow, "personId" | "email" | "name" | "role">;

export async function getMember(ctx: OrgContext, personId: string): Promise<Member> {
  requireRight(ctx, "org.read");
  const [found] = await ctx.db
    .select({ personId: people.id, email: people.email, name: people.name, role: members.role })
    .from(members)
    .innerJoin(people, eq(people.id, members.personId))
    .where(and(eq(members.orgId, ctx.org.id), eq(members.personId, personId)));
  if (!found) throw notFound("member", personId);
  return found;
}

export type InvitationRow = { id: string; email: string; role: Role; invitedBy: string; createdAt: Date; expiresAt: Date; expired: boolean };

/** Invitations that nobody accepted or withdrew, expired ones included, newest first. */
export async function listInvitations(ctx: OrgContext, filter: ListFilter = {}): Promise<Listed<InvitationRow>> {
  requireRight(ctx, "org.read");
  const where = and(
    eq(invitations.orgId, ctx.org.id),
    isNull(invitations.acceptedAt),
    isNull(invitations.revokedAt),
    contains(filter.q, invitations.email, invitations.invitedBy),
  );
  const page = pageOf(filter);
  const [rows, [all]] = await Promise.all([
    ctx.db
      .select({
        id: invitations.id,
        email: invitations.email,
        role: invitations.role,
        invitedBy: invitations.invitedBy,
        createdAt: invitations.createdAt,
        expiresAt: invitations.expiresAt,
      })
      .from(invitations)
      .where(where)
      .orderBy(desc(invitations.createdAt), desc(invitations.id))
      .limit(limits.pageRows)
      .offset((page - 1) * limits.pageRows),
    ctx.db.select({ n: count() }).from(invitations).where(where),
  ]);
  return { rows: rows.map((row) => ({ ...row, expired: row.expiresAt <= ctx.now })), total: all?.n ?? 0, page, pageRows: limits.pageRows };
}

export type BlockRow = { id: string; email: string; reason: string; createdBy: string; createdAt: Date };

export async function listBlocks(ctx: OrgContext, filter: ListFilter = {}): Promise<Listed<BlockRow>> {
  requireRight(ctx, "org.read");
  const where = and(eq(blocks.orgId, ctx.org.id), contains(filter.q, blocks.email, blocks.reason));
  const page = pageOf(filter);
  const [rows, [all]] = await Promise.all([
    ctx.db
      .select({ id: blocks.id, email: blocks.email, reason: blocks.reason, createdBy: blocks.createdBy, createdAt: blocks.createdAt })
      .from(blocks)
      .where(where)
      .orderBy(desc(blocks.createdAt), desc(blocks.id))
      .limit(limits.pageRows)
      .offset((page - 1) * limits.pageRows),
    ctx.db.select({ n: count() }).from(blocks).where(where),
  ]);
  return { rows, total: all?.n ?? 0, page, pageRows: limits.pageRows };
}
