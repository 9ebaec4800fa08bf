import { and, count, eq } from "drizzle-orm";
import { groupPeople, groups } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { isDuplicate } from "@/lib/db/conflicts";
import type { Database } from "@/lib/db/types";
import { AppError, invalid, notFound } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { lockOrganization } from "@/lib/orgs/lock";
import { policiesMentioning } from "./mentions";
import { type AddPeople, type CreateGroup, parseEmails, type RemovePerson, type RenameGroup } from "./schema";

const groupsMax = 1_000;
const peoplePerGroupMax = 10_000;

export async function createGroup(ctx: OrgContext, input: CreateGroup): Promise<{ id: string }> {
  requireRight(ctx, "people.manage");
  const { emails, bad } = parseEmails(input.emails);
  if (bad.length > 0) throw invalid("emails", notAddresses(bad));
  const id = newId("grp", ctx.now.getTime());
  await uniquely(input.name, () =>
    ctx.db.transaction(async (tx) => {
      await lockOrganization(tx, ctx, "people.manage");
      const [row] = await tx.select({ n: count() }).from(groups).where(eq(groups.orgId, ctx.org.id));
      if ((row?.n ?? 0) >= groupsMax) throw new AppError("limit", `an organization has at most ${groupsMax} groups`);
      await tx.insert(groups).values({ id, orgId: ctx.org.id, name: input.name, description: input.description, createdAt: ctx.now });
      const added = await insertPeople(tx, ctx, id, emails);
      const after = { name: input.name, description: input.description, ...onRecord(added) };
      await recordAudit(tx, ctx, { action: "group.created", target: { kind: "group", id, name: input.name }, after });
      await bumpAccessVersion(tx, ctx.org.id);
    }),
  );
  return { id };
}

/** Rules name a group by id, so a new name changes nobody's access. */
export async function renameGroup(ctx: OrgContext, input: RenameGroup): Promise<void> {
  requireRight(ctx, "people.manage");
  await uniquely(input.name, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockedGroup(tx, ctx, input.groupId);
      const after = { name: input.name, description: input.description };
      if (before.name === after.name && before.description === after.description) return;
      await tx
        .update(groups)
        .set(after)
        .where(and(eq(groups.orgId, ctx.org.id), eq(groups.id, input.groupId)));
      await recordAudit(tx, ctx, { action: "group.renamed", target: { kind: "group", id: input.groupId, name: after.name }, before, after });
    }),
  );
}

export async function deleteGroup(ctx: OrgContext, input: { groupId: string }): Promise<{ name: string }> {
  requireRight(ctx, "people.manage");
  return ctx.db.transaction(async (tx) => {
    const { name } = await lockedGroup(tx, ctx, input.groupId);
    const mentions = await policiesMentioning(tx, ctx.org.id, input.groupId);
    if (mentions.length > 0) {
      const names = mentions.map((policy) => `\`${policy.name}\``).join(", ");
      throw new AppError("conflict", `${mentions.length === 1 ? "the policy" : "the policies"} ${names} mention \`${name}\`; take it out there first`);
    }
    const gone = await tx
      .delete(groupPeople)
      .where(and(eq(groupPeople.orgId, ctx.org.id), eq(groupPeople.groupId, input.groupId)))
      .returning({ email: groupPeople.email });
    await tx.delete(groups).where(and(eq(groups.orgId, ctx.org.id), eq(groups.id, input.groupId)));
    const before = { name, ...onRecord(gone.map((row) => row.email).sort()) };
    await recordAudit(tx, ctx, { action: "group.deleted", target: { kind: "group", id: input.groupId, name }, before });
    await bumpAccessVersion(tx, ctx.org.id);
    return { name };
  });
}

export type AddedPeople = { added: number; already: number; bad: string[] };

/** Adds the addresses among what was typed and gives back what was none, so it can be mended. */
export async function addPeople(ctx: OrgContext, input: AddPeople): Promise<AddedPeople> {
  requireRight(ctx, "people.manage");
  const { emails, bad } = parseEmails(input.emails);
  return ctx.db.transaction(async (tx) => {
    const { name } = await lockedGroup(tx, ctx, input.groupId);
    if (emails.length === 0) throw invalid("emails", notAddresses(bad));
    const added = await insertPeople(tx, ctx, input.groupId, emails);
    if (added.length > 0) {
      await recordAudit(tx, ctx, { action: "group.people_added", target: { kind: "group", id: input.groupId, name }, after: onRecord(added) });
      await bumpAccessVersion(tx, ctx.org.id);
    }
    return { added: added.length, already: emails.length - added.length, bad };
  });
}

export async function removePerson(ctx: OrgContext, input: RemovePerson): Promise<void> {
  requireRight(ctx, "people.manage");
  await ctx.db.transaction(async (tx) => {
    const { name } = await lockedGroup(tx, ctx, input.groupId);
    const removed = await tx
      .delete(groupPeople)
      .where(and(eq(groupPeople.orgId, ctx.org.id), eq(groupPeople.groupId, input.groupId), eq(groupPeople.email, input.email)))
      .returning({ email: groupPeople.email });
    if (removed.length === 0) throw notFound("person", input.email);
    await recordAudit(tx, ctx, { action: "group.person_removed", target: { kind: "group", id: input.groupId, name }, before: { email: input.email } });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

async function lockedGroup(tx: Database, ctx: OrgContext, groupId: string): Promise<{ name: string; description: string }> {
  await lockOrganization(tx, ctx, "people.manage");
  const [found] = await tx
    .select({ name: groups.name, description: groups.description })
    .from(groups)
    .where(and(eq(groups.orgId, ctx.org.id), eq(groups.id, groupId)));
  if (!found) throw notFound("group", groupId);
  return found;
}

async function insertPeople(tx: Database, ctx: OrgContext, groupId: string, emails: string[]): Promise<string[]> {
  if (emails.length === 0) return [];
  const [row] = await tx
    .select({ n: count() })
    .from(groupPeople)
    .where(and(eq(groupPeople.orgId, ctx.org.id), eq(groupPeople.groupId, groupId)));
  if ((row?.n ?? 0) + emails.length > peoplePerGroupMax) throw new AppError("limit", `a group has at most ${peoplePerGroupMax} people`, { field: "emails" });
  const added = await tx
    .insert(groupPeople)
    .values(emails.map((email) => ({ orgId: ctx.org.id, groupId, email, createdAt: ctx.now })))
    .onConflictDoNothing()
    .returning({ email: groupPeople.email });
  return added.map((person) => person.email);
}

/** An audit event stays readable: of many people the first 200 and how many there were. */
const onRecord = (emails: string[]) => (emails.length <= 200 ? { people: emails } : { people: emails.slice(0, 200), peopleCount: emails.length });

async function uniquely<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDuplicate(error, "group_name_key")) throw new AppError("conflict", `a group \`${name}\` exists already`, { field: "name" });
    throw error;
  }
}

function notAddresses(bad: string[]): string {
  if (bad.length === 0) return "type at least one e-mail address";
  const shown = bad.slice(0, 5).map((word) => `\`${word}\``);
  const more = bad.length > 5 ? ` and ${bad.length - 5} more` : "";
  return `${shown.join(", ")}${more} ${bad.length === 1 ? "is not an e-mail address" : "are not e-mail addresses"}`;
}
