import { z } from "zod";
import { emailSchema } from "@/lib/policies/schema";

const groupIdSchema = z.string().regex(/^grp_[0-9a-z]{26}$/, "is not a group");
const nameSchema = z
  .string()
  .trim()
  .min(1, "give it a name")
  .max(80, "is too long (80 characters at most)")
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, "contains characters that cannot be shown");
const descriptionSchema = z
  .string()
  .trim()
  .max(500, "is too long (500 characters at most)")
  .regex(/^[^\0]*$/, "contains characters that cannot be stored")
  .default("");
const emailsSchema = z
  .string()
  .max(200_000, "is too long; add them in several turns")
  .regex(/^[^\0]*$/, "contains characters that cannot be stored");

export const createGroupSchema = z.strictObject({ name: nameSchema, description: descriptionSchema, emails: emailsSchema.default("") });
export const renameGroupSchema = z.strictObject({ groupId: groupIdSchema, name: nameSchema, description: descriptionSchema });
export const deleteGroupSchema = z.strictObject({ groupId: groupIdSchema });
export const addPeopleSchema = z.strictObject({ groupId: groupIdSchema, emails: emailsSchema.regex(/\S/, "type at least one e-mail address") });
export const removePersonSchema = z.strictObject({ groupId: groupIdSchema, email: z.string().trim().toLowerCase().max(254) });

export type CreateGroup = z.infer<typeof createGroupSchema>;
export type RenameGroup = z.infer<typeof renameGroupSchema>;
export type AddPeople = z.infer<typeof addPeopleSchema>;
export type RemovePerson = z.infer<typeof removePersonSchema>;

/** Many addresses from one text: separated by spaces, commas, semicolons or lines, `Ana <ana@acme.com>` understood. What is none is kept apart. */
export function parseEmails(text: string): { emails: string[]; bad: string[] } {
  const emails = new Set<string>();
  const bad = new Set<string>();
  for (const entry of text.split(/[\n,;]+/)) {
    // A name may contain spaces; once an address stands in angle brackets, the words before it are the name.
    const bracketed = [...entry.matchAll(/<([^<>\s]+)>/g)].map((match) => match[1] ?? "");
    const parts = bracketed.length > 0 ? bracketed : entry.split(/\s+/);
    for (const part of parts) {
      const word = part.replace(/^["'(<]+|["')>.]+$/g, "");
      if (!word) continue;
      const parsed = emailSchema.safeParse(word);
      if (parsed.success) emails.add(parsed.data);
      else bad.add(word.slice(0, 254));
    }
  }
  return { emails: [...emails], bad: [...bad] };
}
