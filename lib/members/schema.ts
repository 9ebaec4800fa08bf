import { z } from "zod";
import { roles } from "@/lib/auth/roles";
import { emailSchema } from "@/lib/policies/schema";

const personIdSchema = z.string().regex(/^per_[0-9a-z]{26}$/, "is not a person");
const roleSchema = z.enum(roles, "choose a role");

export const changeRoleSchema = z.strictObject({ personId: personIdSchema, role: roleSchema });
export const removeMemberSchema = z.strictObject({ personId: personIdSchema });

export const inviteMemberSchema = z.strictObject({ email: emailSchema, role: roleSchema });
export const revokeInvitationSchema = z.strictObject({ invitationId: z.string().regex(/^inv_[0-9a-z]{26}$/, "is not an invitation") });
export const acceptInvitationSchema = z.strictObject({ token: z.string().min(1).max(200) });

export const blockPersonSchema = z.strictObject({
  email: emailSchema,
  reason: z
    .string()
    .trim()
    .max(500, "is too long (500 characters at most)")
    .regex(/^[^\0]*$/, "contains characters that cannot be stored")
    .default(""),
});
export const unblockPersonSchema = z.strictObject({ blockId: z.string().regex(/^blk_[0-9a-z]{26}$/, "is not a block") });

export type ChangeRole = z.infer<typeof changeRoleSchema>;
export type InviteMember = z.infer<typeof inviteMemberSchema>;
export type BlockPerson = z.infer<typeof blockPersonSchema>;
