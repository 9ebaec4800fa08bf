import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { groups, policies } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { isDuplicate } from "@/lib/db/conflicts";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { attachIn } from "./attachments";
import type { PolicyInput, Rule } from "./schema";

export { attachPolicy, detachPolicy, movePolicy, setServerAccess } from "./attachments";

export async function createPolicy(ctx: OrgContext, input: PolicyInput): Promise<{ id: string }> {
  requireRight(ctx, "policies.manage");
  return uniquelyNamed(input.name, () => ctx.db.transaction((tx) => insertPolicy(tx, ctx, input)));
}

/** Changes the rule object wherever it is attached. */
export async function updatePolicy(ctx: OrgContext, input: PolicyInput & { policyId: string }): Promise<{ id: string }> {
  requireRight(ctx, "policies.manage");
  const { policyId, ...fields } = input;
  return uniquelyNamed(input.name, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockPolicy(tx, ctx, policyId);
      await requireGroups(tx, ctx, fields);
      await tx
        .update(policies)
        .set({ ...fields, updatedAt: ctx.now })
        .where(and(eq(policies.orgId, ctx.org.id), eq(policies.id, policyId)));
      const target = { kind: "policy" as const, id: policyId, name: fields.name };
      await recordAudit(tx, ctx, { action: "policy.updated", target, before: recorded(before), after: recorded(fields) });
      await bumpAccessVersion(tx, ctx.org.id);
      return { id: policyId };
    }),
  );
}

/** It is detached everywhere; where it was the only one, nobody is admitted any more. */
export async function deletePolicy(ctx: OrgContext, input: { policyId: string }): Promise<void> {
  requireRight(ctx, "policies.manage");
  await ctx.db.transaction(async (tx) => {
    const before = await lockPolicy(tx, ctx, input.policyId);
    await tx.delete(policies).where(and(eq(policies.orgId, ctx.org.id), eq(policies.id, input.policyId)));
    const target = { kind: "policy" as const, id: input.policyId, name: before.name };
    await recordAudit(tx, ctx, { action: "policy.deleted", target, before: recorded(before) });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** "People at acme.com" in one step: the policy that says exactly this is made, or found, and attached to the portal. */
export async function admitDomain(ctx: OrgContext, input: { portalId: string; domain: string }): Promise<{ policyId: string }> {
  requireRight(ctx, "policies.manage");
  const wanted: PolicyInput = {
    name: `People at ${input.domain}`.slice(0, 80),
    description: "",
    action: "allow",
    include: [{ kind: "email_domain", domain: input.domain }],
    require: [],
    exclude: [],
  };
  return uniquelyNamed(wanted.name, () =>
    ctx.db.transaction(async (tx) => {
      const policyId = (await samePolicy(tx, ctx, wanted)) ?? (await insertPolicy(tx, ctx, wanted)).id;
      await attachIn(tx, ctx, { targetKind: "portal", targetId: input.portalId, policyId });
      return { policyId };
    }),
  );
}

async function insertPolicy(tx: Database, ctx: OrgContext, input: PolicyInput): Promise<{ id: string }> {
  await requireGroups(tx, ctx, input);
  const id = newId("pol", ctx.now.getTime());
  await tx.insert(policies).values({ id, orgId: ctx.org.id, ...input, createdAt: ctx.now, updatedAt: ctx.now });
  await recordAudit(tx, ctx, { action: "policy.created", target: { kind: "policy", id, name: input.name }, after: recorded(input) });
  await bumpAccessVersion(tx, ctx.org.id);
  return { id };
}

async function samePolicy(tx: Database, ctx: OrgContext, wanted: PolicyInput): Promise<string | null> {
  const rules = (list: Rule[]) => sql`${JSON.stringify(list)}::jsonb`;
  const [found] = await tx
    .select({ id: policies.id })
    .from(policies)
    .where(
      and(
        eq(policies.orgId, ctx.org.id),
        eq(policies.action, wanted.action),
        sql`${policies.include}::jsonb = ${rules(wanted.include)}`,
        sql`${policies.require}::jsonb = ${rules(wanted.require)}`,
        sql`${policies.exclude}::jsonb = ${rules(wanted.exclude)}`,
      ),
    )
    .orderBy(asc(policies.createdAt), asc(policies.id))
    .limit(1);
  return found?.id ?? null;
}

async function lockPolicy(tx: Database, ctx: OrgContext, policyId: string): Promise<PolicyInput> {
  const [found] = await tx
    .select({
      name: policies.name,
      description: policies.description,
      action: policies.action,
      include: policies.include,
      require: policies.require,
      exclude: policies.exclude,
    })
    .from(policies)
    .where(and(eq(policies.orgId, ctx.org.id), eq(policies.id, policyId)))
    .for("update");
  if (!found) throw notFound("policy", policyId);
  return found;
}

// A group of another organization answers like one that never existed (TN-04).
async function requireGroups(tx: Database, ctx: OrgContext, input: PolicyInput): Promise<void> {
  const lists = ["include", "require", "exclude"] as const;
  const wanted = lists.flatMap((list) => input[list].flatMap((rule) => (rule.kind === "group" ? [{ list, id: rule.groupId }] : [])));
  if (wanted.length === 0) return;
  const found = await tx
    .select({ id: groups.id })
    .from(groups)
    .where(
      and(
        eq(groups.orgId, ctx.org.id),
        inArray(
          groups.id,
          wanted.map((group) => group.id),
        ),
      ),
    )
    .for("key share");
  const known = new Set(found.map((group) => group.id));
  const missing = wanted.find((group) => !known.has(group.id));
  if (missing) throw new AppError("not_found", `group \`${missing.id}\` not found`, { field: missing.list });
}

async function uniquelyNamed<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDuplicate(error, "policy_name_key")) throw new AppError("conflict", `there is a policy \`${name}\` already`, { field: "name", cause: error });
    throw error;
  }
}

const recorded = ({ name, description, action, include, require, exclude }: PolicyInput) => ({ name, description, action, include, require, exclude });
