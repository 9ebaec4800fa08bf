import { z } from "zod";

export const emailSchema = z.string().trim().toLowerCase().normalize("NFC").max(254, "is too long").pipe(z.email("is not an e-mail address"));
export const domainSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, "is not a domain such as acme.com");

export const ruleSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("everyone") }),
  z.strictObject({ kind: z.literal("email"), email: emailSchema }),
  z.strictObject({ kind: z.literal("email_domain"), domain: domainSchema }),
  z.strictObject({ kind: z.literal("group"), groupId: z.string().regex(/^grp_[0-9a-z]{26}$/) }),
]);
export type Rule = z.infer<typeof ruleSchema>;

/** A policy as the engine sees it. */
export type Policy = { id: string; name: string; action: "allow" | "block"; include: Rule[]; require: Rule[]; exclude: Rule[] };
/** Who asks. `email` is verified and normalised; `groups` are group ids of the policy's organization. */
export type Subject = { email: string; groups: readonly string[] };

// Characters that cannot be shown, or that reorder what is shown, have no business in a name.
export const policyNameSchema = z
  .string()
  .trim()
  .min(1, "give it a name")
  .max(80, "is too long (80 characters at most)")
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, "contains characters that cannot be shown");
const descriptionSchema = z
  .string()
  .trim()
  .max(500, "is too long (500 characters at most)")
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, "contains characters that cannot be shown")
  .default("");

export const rulesMax = 200;
const rulesSchema = z.array(ruleSchema).max(rulesMax, `has more than ${rulesMax} entries; use a group`).transform(distinct);

const policyFields = {
  name: policyNameSchema,
  description: descriptionSchema,
  action: z.enum(["allow", "block"], "choose allow or block"),
  include: rulesSchema.refine((rules) => rules.length > 0, "say who it is about; `everyone` is fine"),
  require: rulesSchema.default([]),
  exclude: rulesSchema.default([]),
};
const atDomainSchema = z
  .string()
  .transform((text) => text.trim().replace(/^@/, ""))
  .pipe(domainSchema);
const policyId = z.string().max(80);
const target = { targetKind: z.enum(["portal", "server"]), targetId: z.string().max(80), policyId };

export const createPolicySchema = z.strictObject(policyFields);
export const updatePolicySchema = z.strictObject({ policyId, ...policyFields });
export const deletePolicySchema = z.strictObject({ policyId });
export const attachPolicySchema = z.strictObject(target);
export const movePolicySchema = z.strictObject({ ...target, direction: z.enum(["up", "down"]) });
export const setServerAccessSchema = z.strictObject({ serverId: z.string().max(80), access: z.enum(["portal", "policies"], "choose who decides") });
export const admitDomainSchema = z.strictObject({ portalId: z.string().max(80), domain: atDomainSchema });

export type PolicyInput = z.infer<typeof createPolicySchema>;
export type PolicyTarget = { kind: "portal" | "server"; id: string };

function distinct(rules: Rule[]): Rule[] {
  const seen = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
  return [...seen.values()];
}
