import { and, eq, isNull, or } from "drizzle-orm";
import { blocks, invitations, members, people } from "@/drizzle/schema";
import { recordAccess, recordAudit } from "@/lib/activity/record";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { env } from "@/lib/env";
import { AppError, notFound } from "@/lib/errors";
import { hashToken, newId, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { sendMail } from "@/lib/mail/send";
import { bumpVersionsAround } from "@/lib/orgs/access-version";
import { findInvitation, invitationProblemText } from "@/lib/orgs/invitations";
import { lockOrganization, lockRow } from "@/lib/orgs/lock";
import { reportFault } from "@/lib/report";
import { hit } from "@/lib/throttle/throttle";
import type { InviteMember } from "./schema";

/** `mail`: how the link went out; `failed` means that the invitation waits and its link reached nobody. */
export type Invited = { id: string; email: string; mail: "sent" | "outbox" | "failed" };

/**
 * Invites an address with a role that is fixed from now on (TN-08). A newer invitation replaces an open one, so one link is live at a time.
 * The link goes by mail only, never to the page: whoever holds it has proven to read that mailbox.
 */
export async function inviteMember(ctx: OrgContext, input: InviteMember): Promise<Invited> {
  requireRight(ctx, "people.manage");
  if (input.role === "owner") requireRight(ctx, "owners.manage");
  const { allowed, retryAfterSeconds } = await hit(ctx.db, `invite:${ctx.org.id}`, { limit: 100, windowSeconds: 3600 }, ctx.now);
  if (!allowed) throw new AppError("limit", "100 invitations in an hour are enough; go on later", { retryAfterSeconds });
  const token = newToken("ghi");
  const id = newId("inv", ctx.now.getTime());
  await ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, input.role === "owner" ? "owners.manage" : "people.manage");
    await refuseMembers(tx, ctx, input.email);
    await refuseBlocked(tx, ctx.org, { email: input.email });
    const replaced = await withdrawInvitations(tx, ctx, input.email);
    await tx.insert(invitations).values({
      id,
      orgId: ctx.org.id,
      email: input.email,
      role: input.role,
      tokenHash: hashToken(token),
      invitedBy: ctx.actor.email,
      createdAt: ctx.now,
      expiresAt: new Date(ctx.now.getTime() + limits.invitationSeconds * 1000),
    });
    const after = { role: input.role, ...(replaced > 0 ? { replaced } : {}) };
    await recordAudit(tx, ctx, { action: "invitation.created", target: { kind: "invitation", id, name: input.email }, after });
  });
  return { id, email: input.email, mail: await mailInvitation(ctx, input, token) };
}

export async function revokeInvitation(ctx: OrgContext, input: { invitationId: string }): Promise<{ email: string }> {
  requireRight(ctx, "people.manage");
  return ctx.db.transaction(async (tx) => {
    await lockOrganization(tx, ctx, "people.manage");
    const [revoked] = await tx
      .update(invitations)
      .set({ revokedAt: ctx.now })
      .where(and(eq(invitations.orgId, ctx.org.id), eq(invitations.id, input.invitationId), isNull(invitations.acceptedAt), isNull(invitations.revokedAt)))
      .returning({ email: invitations.email, role: invitations.role });
    if (!revoked) throw notFound("invitation", input.invitationId);
    const target = { kind: "invitation", id: input.invitationId, name: revoked.email } as const;
    await recordAudit(tx, ctx, { action: "invitation.revoked", target, before: { role: revoked.role } });
    return { email: revoked.email };
  });
}

/**
 * Makes the signed-in person a member. The link went to the invited address only, so for the account with that address it also proves the
 * address; for any other account it is refused, whoever holds the link.
 */
export async function acceptInvitation(ctx: PersonContext, input: { token: string }): Promise<{ orgSlug: string; orgName: string }> {
  return ctx.db.transaction(async (tx) => {
    const found = await findInvitation(tx, input.token, ctx.now);
    if (!found.ok) throw new AppError("invalid", invitationProblemText[found.reason], { field: "form" });
    const { invitation } = found;
    const { email, role } = invitation;
    if (email !== ctx.person.email) throw new AppError("forbidden", `this invitation is for \`${email}\`; you are signed in as \`${ctx.person.email}\``);
    await lockRow(tx, invitation.orgId); // A block that is being made now must see this member, or this must see the block.
    const org = { id: invitation.orgId, slug: invitation.orgSlug, name: invitation.orgName };
    await refuseBlocked(tx, org, { email, personId: ctx.person.id });
    // Of two that accept at once, one finds the row taken.
    const taken = await tx
      .update(invitations)
      .set({ acceptedAt: ctx.now })
      .where(and(eq(invitations.id, invitation.id), isNull(invitations.acceptedAt), isNull(invitations.revokedAt)))
      .returning({ id: invitations.id });
    if (taken.length === 0) throw new AppError("invalid", invitationProblemText.used, { field: "form" });
    await proveAddress(tx, ctx);
    // Who became a member on another way meanwhile keeps that role.
    await tx.insert(members).values({ orgId: org.id, personId: ctx.person.id, role, createdAt: ctx.now }).onConflictDoNothing();
    const actor = { personId: ctx.person.id, email, role };
    const target = { kind: "member", id: ctx.person.id, name: email } as const;
    await recordAudit(tx, { db: tx, org, actor, now: ctx.now }, { action: "member.joined", target, after: { role, invitedBy: invitation.invitedBy } });
    await recordAccess(tx, ctx.now, { kind: "invitation_accepted", outcome: "ok", orgId: org.id, personId: ctx.person.id, email, ...ctx.request });
    await bumpVersionsAround(tx, ctx.person.id);
    return { orgSlug: org.slug, orgName: org.name };
  });
}

/** Ends the open invitations of an address; returns how many there were. */
export async function withdrawInvitations(tx: Database, ctx: OrgContext, email: string): Promise<number> {
  const withdrawn = await tx
    .update(invitations)
    .set({ revokedAt: ctx.now })
    .where(and(eq(invitations.orgId, ctx.org.id), eq(invitations.email, email), isNull(invitations.acceptedAt), isNull(invitations.revokedAt)))
    .returning({ id: invitations.id });
  return withdrawn.length;
}

async function refuseMembers(tx: Database, ctx: OrgContext, email: string): Promise<void> {
  const [member] = await tx
    .select({ role: members.role })
    .from(members)
    .innerJoin(people, eq(people.id, members.personId))
    .where(and(eq(members.orgId, ctx.org.id), eq(people.email, email)));
  if (member) throw new AppError("conflict", `\`${email}\` is a member already (${member.role})`, { field: "email" });
}

async function refuseBlocked(tx: Database, org: { id: string; name: string }, who: { email: string; personId?: string }): Promise<void> {
  const matches = who.personId ? or(eq(blocks.email, who.email), eq(blocks.personId, who.personId)) : eq(blocks.email, who.email);
  const [block] = await tx
    .select({ id: blocks.id })
    .from(blocks)
    .where(and(eq(blocks.orgId, org.id), matches))
    .limit(1);
  if (block) throw new AppError("conflict", `\`${who.email}\` is blocked in \`${org.name}\``, { field: "email" });
}

async function proveAddress(tx: Database, ctx: PersonContext): Promise<void> {
  const proven = await tx
    .update(people)
    .set({ emailVerifiedAt: ctx.now })
    .where(and(eq(people.id, ctx.person.id), eq(people.email, ctx.person.email), isNull(people.emailVerifiedAt)))
    .returning({ id: people.id });
  if (proven.length === 0) return;
  await recordAccess(tx, ctx.now, { kind: "email_verified", outcome: "ok", personId: ctx.person.id, email: ctx.person.email, ...ctx.request });
}

/** After the transaction: a mail server that is slow or down must not hold it open or undo it. */
async function mailInvitation(ctx: OrgContext, input: InviteMember, token: string): Promise<Invited["mail"]> {
  const lines = [
    `${ctx.actor.email} invites you to join ${ctx.org.name} on Gatehouse. Your role: ${input.role}.`,
    "",
    "Open this link within 7 days to accept; it works once, for this address only:",
    `${env().publicUrl}/invite/${token}`,
    "",
    "If you did not expect this, ignore this message.",
  ];
  try {
    const { outboxFile } = await sendMail({ to: input.email, subject: `Join ${ctx.org.name} on Gatehouse`, text: lines.join("\n") });
    return outboxFile ? "outbox" : "sent";
  } catch (error) {
    reportFault(error, { doing: "mail an invitation", organization: ctx.org.slug });
    return "failed";
  }
}
