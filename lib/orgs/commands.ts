import { and, eq, sql } from "drizzle-orm";
import { members, organizations, people } from "@/drizzle/schema";
import { recordAccess, recordAudit } from "@/lib/activity/record";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { dropConnectionsOfPerson } from "@/lib/connections/drop";
import { isDuplicate } from "@/lib/db/conflicts";
import type { Database } from "@/lib/db/types";
import { AppError, invalid, notFound } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { revokeGrantsOfPerson } from "@/lib/oauth/grants";
import { provePassword } from "@/lib/people/prove-password";
import { bumpAccessVersion } from "./access-version";
import { keepAnOwner, lockOrganization } from "./lock";
import type { CreateOrganization, DeleteOrganization } from "./schema";

// There is no command that changes a slug: the URLs that people pasted into their clients, and the resource their grants are
// bound to, contain it.

/** The creator becomes the owner. Their address must be proven, since an owner's policies speak about addresses. */
export async function createOrganization(ctx: PersonContext, input: CreateOrganization): Promise<{ id: string; slug: string }> {
  if (!ctx.person.emailVerified) throw new AppError("forbidden", "confirm your e-mail address first; the link is in your mail");
  const org = { id: newId("org", ctx.now.getTime()), slug: input.slug, name: input.name };
  try {
    await ctx.db.transaction(async (tx) => {
      await tx.insert(organizations).values({ ...org, createdAt: ctx.now });
      await tx.insert(members).values({ orgId: org.id, personId: ctx.person.id, role: "owner", createdAt: ctx.now });
      const actor = { personId: ctx.person.id, email: ctx.person.email, role: "owner" } as const;
      const target = { kind: "organization", id: org.id, name: org.name } as const;
      await recordAudit(tx, { db: tx, org, actor, now: ctx.now }, { action: "organization.created", target, after: { name: org.name, slug: org.slug } });
    });
  } catch (error) {
    if (isDuplicate(error, "organization_slug_key")) throw new AppError("conflict", `\`${input.slug}\` is taken`, { field: "slug" });
    throw error;
  }
  return { id: org.id, slug: org.slug };
}

export async function renameOrganization(ctx: OrgContext, input: { name: string }): Promise<void> {
  requireRight(ctx, "org.manage");
  await ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "org.manage");
    const before = await currentSettings(tx, ctx);
    if (before.name === input.name) return;
    await tx.update(organizations).set({ name: input.name }).where(eq(organizations.id, ctx.org.id));
    await recordAudit(tx, ctx, { action: "organization.renamed", target: target(ctx), before: { name: before.name }, after: { name: input.name } });
    // Portal views carry the organization's name.
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** How long calls, sign-ins and changes are kept. */
export async function setRetention(ctx: OrgContext, input: { retentionDays: number }): Promise<void> {
  requireRight(ctx, "org.manage");
  await ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "org.manage");
    const before = await currentSettings(tx, ctx);
    if (before.retentionDays === input.retentionDays) return;
    await tx.update(organizations).set({ retentionDays: input.retentionDays }).where(eq(organizations.id, ctx.org.id));
    const [was, is] = [{ retentionDays: before.retentionDays }, { retentionDays: input.retentionDays }];
    await recordAudit(tx, ctx, { action: "organization.retention_changed", target: target(ctx), before: was, after: is });
  });
}

/** Every member may leave, so no right is asked for; the last owner stays. */
export async function leaveOrganization(ctx: OrgContext): Promise<void> {
  const { personId, email } = ctx.actor;
  await ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx);
    await keepAnOwner(tx, ctx, personId);
    const [left] = await tx
      .delete(members)
      .where(and(eq(members.orgId, ctx.org.id), eq(members.personId, personId)))
      .returning({ role: members.role });
    if (!left) throw notFound("member", personId);
    await revokeGrantsOfPerson(tx, { orgId: ctx.org.id, personId }, "removed", ctx.now);
    await dropConnectionsOfPerson(tx, ctx.org.id, personId);
    await recordAudit(tx, ctx, { action: "member.left", target: { kind: "member", id: personId, name: email }, before: { role: left.role } });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/**
 * Removes the organization and everything it owns (TN-13). What stays is one access event for each owner, which belongs to the person.
 * The slug was typed to name the thing, the password to prove that its owner sits there (UI-10).
 */
export async function deleteOrganization(ctx: OrgContext, input: DeleteOrganization): Promise<void> {
  requireRight(ctx, "org.delete");
  if (input.slug !== ctx.org.slug) throw invalid("slug", `type \`${ctx.org.slug}\` to confirm`);
  await provePassword(ctx.db, ctx.actor.personId, input.password, ctx.now);
  await ctx.db.transaction(async (tx) => {
    await tx.execute(sql`set local statement_timeout = '120s'`); // A year of calls goes with it.
    await lockOrganization(tx, ctx, "org.delete");
    const owners = await tx
      .select({ personId: people.id, email: people.email })
      .from(members)
      .innerJoin(people, eq(people.id, members.personId))
      .where(and(eq(members.orgId, ctx.org.id), eq(members.role, "owner")));
    await tx.delete(organizations).where(eq(organizations.id, ctx.org.id));
    const detail = { organization: ctx.org.name, slug: ctx.org.slug, deletedBy: ctx.actor.email };
    for (const owner of owners) await recordAccess(tx, ctx.now, { kind: "organization_deleted", outcome: "ok", ...owner, detail });
  });
}

async function currentSettings(tx: Database, ctx: OrgContext) {
  const [found] = await tx
    .select({ name: organizations.name, retentionDays: organizations.retentionDays })
    .from(organizations)
    .where(eq(organizations.id, ctx.org.id));
  if (!found) throw notFound("organization", ctx.org.slug);
  return found;
}

const target = (ctx: OrgContext) => ({ kind: "organization", id: ctx.org.id, name: ctx.org.name }) as const;
