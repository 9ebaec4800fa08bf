import { bumpVersionsAround } from "@/lib/orgs/access-version";
import { and, asc, eq, inArray, or } from "drizzle-orm";
import { accessEvents, auditEvents, calls, invitations, members, organizations, people } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { AppError } from "@/lib/errors";
import { hashToken } from "@/lib/ids";
import { lockRow } from "@/lib/orgs/lock";
import { provePassword } from "./prove-password";

/**
 * The account with its sessions, grants and connections goes. What organizations have on record stays, under a name that leads to
 * nobody. Refused while an organization would be left without an owner.
 */
export async function deleteAccount(ctx: PersonContext, input: { password: string }): Promise<void> {
  await provePassword(ctx.db, ctx.person.id, input.password, ctx.now);
  await ctx.db.transaction(async (tx) => {
    await keepOwners(tx, ctx.person.id);
    await bumpVersionsAround(tx, ctx.person.id);
    const [person] = await tx.select({ email: people.email }).from(people).where(eq(people.id, ctx.person.id)).for("update");
    const alias = `deleted-${hashToken(ctx.person.id).slice(0, 10).toLowerCase()}`;
    await pseudonymise(tx, { id: ctx.person.id, email: person?.email ?? ctx.person.email }, alias);
    await tx.delete(people).where(eq(people.id, ctx.person.id));
    await recordAccess(tx, ctx.now, { kind: "account_deleted", outcome: "ok", personId: ctx.person.id, email: alias });
  });
}

/** Under each organization's lock, in order: another owner may be leaving at this moment. */
async function keepOwners(tx: Database, personId: string): Promise<void> {
  const mine = await tx
    .select({ orgId: members.orgId })
    .from(members)
    .where(and(eq(members.personId, personId), eq(members.role, "owner")))
    .orderBy(asc(members.orgId));
  for (const { orgId } of mine) await lockRow(tx, orgId);
  const orgIds = mine.map((row) => row.orgId);
  if (orgIds.length === 0) return;
  const owners = await tx
    .select({ orgId: members.orgId, personId: members.personId, name: organizations.name })
    .from(members)
    .innerJoin(organizations, eq(organizations.id, members.orgId))
    .where(and(inArray(members.orgId, orgIds), eq(members.role, "owner")))
    .orderBy(asc(organizations.name), asc(members.orgId), asc(members.personId));
  const orphaned = owners.filter((one) => one.personId === personId && !owners.some((other) => other.orgId === one.orgId && other.personId !== personId));
  if (orphaned.length === 0) return;
  const names = orphaned.map((one) => `\`${one.name}\``).join(", ");
  throw new AppError("conflict", `you are the last owner of ${names}; make somebody else an owner, or delete the organization, first`);
}

async function pseudonymise(tx: Database, person: { id: string; email: string }, alias: string): Promise<void> {
  await tx.update(calls).set({ personEmail: alias, ip: "" }).where(eq(calls.personId, person.id));
  await tx
    .update(accessEvents)
    .set({ email: alias, ip: "", userAgent: "", detail: null })
    .where(or(eq(accessEvents.personId, person.id), eq(accessEvents.email, person.email)));
  await tx.update(auditEvents).set({ actorEmail: alias }).where(eq(auditEvents.actorId, person.id));
  await tx
    .update(auditEvents)
    .set({ targetName: alias })
    .where(and(eq(auditEvents.targetKind, "member"), eq(auditEvents.targetId, person.id)));
  await tx.update(invitations).set({ invitedBy: alias }).where(eq(invitations.invitedBy, person.email));
}
