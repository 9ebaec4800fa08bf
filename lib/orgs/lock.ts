import { and, eq } from "drizzle-orm";
import { members, organizations } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { type Right, requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";

/**
 * First statement of every command that changes who belongs to an organization: such commands go one after another, so two of them
 * cannot each believe that the other owner stays. Then the actor's role is read afresh, since the page may be older than their demotion.
 */
export async function lockOrganization(tx: Database, ctx: OrgContext, right?: Right): Promise<void> {
  if (!(await lockRow(tx, ctx.org.id))) throw notFound("organization", ctx.org.slug);
  const [actor] = await tx
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.orgId, ctx.org.id), eq(members.personId, ctx.actor.personId)));
  if (!actor) throw new AppError("forbidden", `you no longer belong to \`${ctx.org.name}\``);
  if (right) requireRight({ actor }, right);
}

/**
 * Waits for its turn at the organization; false when it is gone. `no key update` is as exclusive as `update` here, and does not deadlock
 * with the inserts of other commands, which key-share the row.
 */
export async function lockRow(tx: Database, orgId: string): Promise<boolean> {
  const found = await tx.select({ id: organizations.id }).from(organizations).where(eq(organizations.id, orgId)).for("no key update");
  return found.length > 0;
}

/** Throws when this person is the last owner; call it under `lockOrganization`, before the owner goes. */
export async function keepAnOwner(tx: Database, ctx: OrgContext, leavingId: string): Promise<void> {
  const owners = await tx
    .select({ personId: members.personId })
    .from(members)
    .where(and(eq(members.orgId, ctx.org.id), eq(members.role, "owner")))
    .limit(3);
  if (owners.some((owner) => owner.personId === leavingId) && owners.length === 1) {
    throw new AppError("conflict", `\`${ctx.org.name}\` needs an owner; make somebody else an owner first`);
  }
}
