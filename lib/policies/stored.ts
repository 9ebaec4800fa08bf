import type { policies } from "@/drizzle/schema";
import { type Policy, ruleSchema } from "./schema";

type Row = Pick<typeof policies.$inferSelect, "id" | "name" | "action" | "include" | "require" | "exclude">;

/** A policy as it lies in the table. One that does not parse must deny: it becomes a block of everyone, in its place in the order. */
export function toPolicy(row: Row): Policy {
  const rules = ruleSchema.array();
  const [include, require, exclude] = [rules.safeParse(row.include), rules.safeParse(row.require), rules.safeParse(row.exclude)];
  const base = { id: row.id, name: row.name };
  if (!include.success || !require.success || !exclude.success) return { ...base, action: "block", include: [{ kind: "everyone" }], require: [], exclude: [] };
  return { ...base, action: row.action, include: include.data, require: require.data, exclude: exclude.data };
}
