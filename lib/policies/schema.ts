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
