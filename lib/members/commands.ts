import { and, eq } from "drizzle-orm";
import { blocks, members, people } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { type Role, requireRight } from "@/lib/auth/roles";
import { dropConnectionsOfPerson } from "@/lib/connections/drop";
import { isDuplicate } from "@/lib/db/conflicts";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { revokeGrantsOfPerson } from "@/lib/oauth/grants";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { keepAnOwner, lockOrganization } from "@/lib/orgs/lock";
import { withdrawInvitations } from "./invitations";
import type { BlockPerson, ChangeRole } from "./schema";

export { acceptInvitation, inviteMember, revokeInvitation } from "./invitations";

/** Making and unmaking owners is for owners; an organization keeps at least one. */
export async function changeRole(ctx: OrgContext, input: ChangeRole): Promise<void> {
  requireRight(ctx, "people.manage");
  await ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "people.manage");
    const member = await memberOf(tx, ctx, input.personId);
    if (member.role === input.role) return;
    if (member.role === "owner" || input.role === "owner") await lockOrganization(tx, ctx, "owners.manage");
    if (member.role === "owner") await keepAnOwner(tx, ctx, input.personId);
    await tx
      .update(members)
      .set({ role: input.role })
      .where(and(eq(members.orgId, ctx.org.id), eq(members.personId, input.personId)));
    const change = { before: { role: member.role }, after: { role: input.role } };
    await recordAudit(tx, ctx, { action: "member.role_changed", target: { kind: "member", id: input.personId, name: member.email }, ...change });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** Their role and their grants end at once (TN-09). A policy that admits them would let them consent anew; a block would not. */
export async function removeMember(ctx: OrgContext, input: { personId: string }): Promise<{ email: string; grantsEnded: number }> {
  requireRight(ctx, "people.manage");
  if (input.personId === ctx.actor.personId) throw new AppError("conflict", "you cannot remove yourself; leave the organization instead");
  return ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "people.manage");
    const member = await memberOf(tx, ctx, input.personId);
    if (member.role === "owner") {
      await lockOrganization(tx, ctx, "owners.manage");
      await keepAnOwner(tx, ctx, input.personId);
    }
    await tx.delete(members).where(and(eq(members.orgId, ctx.org.id), eq(members.personId, input.personId)));
    const grantsEnded = await revokeGrantsOfPerson(tx, { orgId: ctx.org.id, personId: input.personId }, "removed", ctx.now);
    const connectionsEnded = await dropConnectionsOfPerson(tx, ctx.org.id, input.personId);
    const change = { before: { role: member.role }, after: { grantsEnded, ...(connectionsEnded > 0 && { connectionsEnded }) } };
    await recordAudit(tx, ctx, { action: "member.removed", target: { kind: "member", id: input.personId, name: member.email }, ...change });
    await bumpAccessVersion(tx, ctx.org.id);
    return { email: member.email, grantsEnded };
  });
}

/**
 * Shuts a person out of every portal and admin page of the organization, whatever a policy says: their grants, their membership and their
 * open invitations end in the same transaction. An owner is unmade first, so that one admin's slip cannot shut out the owner.
 */
export async function blockPerson(ctx: OrgContext, input: BlockPerson): Promise<{ email: string; grantsEnded: number }> {
  requireRight(ctx, "people.manage");
  if (input.email === ctx.actor.email) throw new AppError("conflict", "you cannot block yourself", { field: "email" });
  try {
    return await ctx.db.transaction(async (tx) => {
      await lockOrganization(tx, ctx, "people.manage");
      const found = await personByEmail(tx, ctx, input.email);
      if (found?.role === "owner") {
        throw new AppError("conflict", `\`${input.email}\` is an owner; change their role before blocking them`, { field: "email" });
      }
      const block = { id: newId("blk", ctx.now.getTime()), email: input.email, reason: input.reason, personId: found?.personId ?? null };
      await tx.insert(blocks).values({ ...block, orgId: ctx.org.id, createdBy: ctx.actor.email, createdAt: ctx.now });
      if (found?.role) await tx.delete(members).where(and(eq(members.orgId, ctx.org.id), eq(members.personId, found.personId)));
      const withdrawn = await withdrawInvitations(tx, ctx, input.email);
      const grantsEnded = found ? await revokeGrantsOfPerson(tx, { orgId: ctx.org.id, personId: found.personId }, "blocked", ctx.now) : 0;
      const connectionsEnded = found ? await dropConnectionsOfPerson(tx, ctx.org.id, found.personId) : 0;
      await recordAudit(tx, ctx, {
        action: "person.blocked",
        target: { kind: "block", id: block.id, name: input.email },
        before: found?.role ? { role: found.role } : null,
        after: { reason: input.reason, grantsEnded, invitationsWithdrawn: withdrawn, ...(connectionsEnded > 0 && { connectionsEnded }) },
      });
      await bumpAccessVersion(tx, ctx.org.id);
      return { email: input.email, grantsEnded };
    });
  } catch (error) {
    if (isDuplicate(error, "block_email_key")) throw new AppError("conflict", `\`${input.email}\` is blocked already`, { field: "email" });
    throw error;
  }
}

/** Policies decide about the person again; what the block ended stays ended. */
export async function unblockPerson(ctx: OrgContext, input: { blockId: string }): Promise<{ email: string }> {
  requireRight(ctx, "people.manage");
  return ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "people.manage");
    const [block] = await tx
      .delete(blocks)
      .where(and(eq(blocks.orgId, ctx.org.id), eq(blocks.id, input.blockId)))
      .returning({ email: blocks.email, reason: blocks.reason });
    if (!block) throw notFound("block", input.blockId);
    const target = { kind: "block", id: input.blockId, name: block.email } as const;
    await recordAudit(tx, ctx, { action: "person.unblocked", target, before: { reason: block.reason } });
    await bumpAccessVersion(tx, ctx.org.id);
    return { email: block.email };
  });
}

async function memberOf(tx: Database, ctx: OrgContext, personId: string): Promise<{ role: Role; email: string }> {
  const [found] = await tx
    .select({ role: members.role, email: people.email })
    .from(members)
    .innerJoin(people, eq(people.id, members.personId))
    .where(and(eq(members.orgId, ctx.org.id), eq(members.personId, personId)));
  if (!found) throw notFound("member", personId);
  return found;
}

/** The account with this address, if there is one, and its role here, if it has one. */
async function personByEmail(tx: Database, ctx: OrgContext, email: string): Promise<{ personId: string; role: Role | null } | null> {
  const [found] = await tx
    .select({ personId: people.id, role: members.role })
    .from(people)
    .leftJoin(members, and(eq(members.orgId, ctx.org.id), eq(members.personId, people.id)))
    .where(eq(people.email, email));
  return found ?? null;
}
