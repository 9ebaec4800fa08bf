import { asc, eq } from "drizzle-orm";
import { policies } from "@/drizzle/schema";
import type { PolicyRule } from "@/drizzle/schema/servers";
import type { Database } from "@/lib/db/types";

/** Rules are JSON, so the database cannot hold this reference; a group that is mentioned must not go. */
export async function policiesMentioning(db: Database, orgId: string, groupId: string): Promise<{ id: string; name: string }[]> {
  const all = await db
    .select({ id: policies.id, name: policies.name, include: policies.include, require: policies.require, exclude: policies.exclude })
    .from(policies)
    .where(eq(policies.orgId, orgId))
    .orderBy(asc(policies.name), asc(policies.id));
  const mentions = (rules: PolicyRule[]) => Array.isArray(rules) && rules.some((rule) => rule?.kind === "group" && rule.groupId === groupId);
  return all.filter((policy) => [policy.include, policy.require, policy.exclude].some(mentions)).map(({ id, name }) => ({ id, name }));
}
