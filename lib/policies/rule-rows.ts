import { z } from "zod";
import { createPolicySchema, type Rule, ruleSchema, updatePolicySchema } from "./schema";

/** The rules of a policy as a form holds them: three fields a row, so that it works without JavaScript. */
export type RuleRow = { kind: string; text: string; group: string };
export const ruleLists = ["include", "require", "exclude"] as const;
export type RuleList = (typeof ruleLists)[number];

export const emptyRow: RuleRow = { kind: "", text: "", group: "" };
export const fieldOf = (list: RuleList, part: keyof RuleRow) => `${list}-${part}`;

export function toRow(rule: Rule): RuleRow {
  switch (rule.kind) {
    case "everyone":
      return { kind: "everyone", text: "", group: "" };
    case "email":
      return { kind: "email", text: rule.email, group: "" };
    case "email_domain":
      return { kind: "email_domain", text: rule.domain, group: "" };
    case "group":
      return { kind: "group", text: "", group: rule.groupId };
  }
}

/** The rows that a sent form holds; its three fields repeat side by side. */
export function rowsOf(values: Record<string, unknown>, list: RuleList): RuleRow[] {
  const column = (part: keyof RuleRow) => [values[fieldOf(list, part)] ?? []].flat().map(String);
  const [kinds, texts, groups] = [column("kind"), column("text"), column("group")];
  return kinds.map((kind, index) => ({ kind, text: texts[index] ?? "", group: groups[index] ?? "" }));
}

/** The rule of a row, null for one left empty, or what is wrong with it. */
export function readRow(row: RuleRow): { rule: Rule | null } | { problem: string } {
  const text = row.text.trim();
  if (row.kind === "" && text === "" && row.group === "") return { rule: null };
  const candidate = {
    everyone: { kind: "everyone" },
    email: { kind: "email", email: text },
    email_domain: { kind: "email_domain", domain: text.replace(/^@/, "") },
    group: { kind: "group", groupId: row.group },
  }[row.kind];
  if (!candidate) return { problem: "choose what it is about" };
  if (row.kind === "group" && row.group === "") return { problem: "choose a group" };
  const parsed = ruleSchema.safeParse(candidate);
  return parsed.success ? { rule: parsed.data } : { problem: parsed.error.issues[0]?.message ?? "is not valid" };
}

const formFields = Object.fromEntries(
  ruleLists.flatMap((list) => (["kind", "text", "group"] as const).map((part) => [fieldOf(list, part), z.union([z.string(), z.array(z.string())]).optional()])),
);
const base = { name: z.string().default(""), description: z.string().default(""), action: createPolicySchema.shape.action, ...formFields };

/** The editor's form, turned into what the commands take. A problem of a row is named after it: `include-0`. */
export const createPolicyFormSchema = z.strictObject(base).transform(withRules).pipe(createPolicySchema);
export const updatePolicyFormSchema = z
  .strictObject({ policyId: z.string(), ...base })
  .transform((form, context): z.input<typeof updatePolicySchema> => ({ policyId: String(form.policyId), ...withRules(form, context) }))
  .pipe(updatePolicySchema);

type Fields = { name: string; description: string; action: "allow" | "block" };

function withRules(form: Fields & Record<string, unknown>, context: z.RefinementCtx): z.input<typeof createPolicySchema> {
  const rules = (list: RuleList): Rule[] =>
    rowsOf(form, list).flatMap((row, index) => {
      const read = readRow(row);
      if ("rule" in read) return read.rule ? [read.rule] : [];
      context.addIssue({ code: "custom", path: [`${list}-${index}`], message: read.problem });
      return [];
    });
  const { name, description, action } = form;
  return { name, description, action, include: rules("include"), require: rules("require"), exclude: rules("exclude") };
}
