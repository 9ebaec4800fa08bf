import { z } from "zod";
import { emailSchema } from "@/lib/policies/schema";

export const personNameSchema = z
  .string()
  .trim()
  .max(80, "is too long (80 characters at most)")
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, "contains characters that cannot be shown");

/** Length only; what is too easy to guess depends on the address as well (`guessable`). */
export const newPasswordSchema = z.string().min(8, "use at least 8 characters, better 15 or more").max(1_024, "is too long (1,024 characters at most)");
const passwordSchema = z.string().min(1, "type your password").max(1_024, "is too long");
const tokenSchema = z.string().max(200, "is not a link of ours");
const nextSchema = z.string().max(4_000).optional();

export const signUpSchema = z.strictObject({
  email: emailSchema,
  name: personNameSchema.default(""),
  password: newPasswordSchema,
  invite: tokenSchema.optional(),
  setupCode: z.string().trim().max(100, "is too long").optional(),
  next: nextSchema,
});
export const signInSchema = z.strictObject({ email: emailSchema, password: passwordSchema, next: nextSchema });
export const requestResetSchema = z.strictObject({ email: emailSchema });
export const resetPasswordSchema = z.strictObject({ token: tokenSchema, password: newPasswordSchema });
export const confirmLinkSchema = z.strictObject({ token: tokenSchema, password: z.string().max(1_024, "is too long").optional(), next: nextSchema });
export const changeNameSchema = z.strictObject({ name: personNameSchema });
export const changeEmailSchema = z.strictObject({ email: emailSchema, password: passwordSchema });
export const changePasswordSchema = z.strictObject({ password: passwordSchema, newPassword: newPasswordSchema });
export const revokeSessionSchema = z.strictObject({ session: z.string().max(100) });
export const nothingSchema = z.strictObject({});
export const deleteAccountSchema = z.strictObject({ password: passwordSchema });

export type SignUp = z.output<typeof signUpSchema>;
export type SignIn = z.output<typeof signInSchema>;
export type ConfirmLink = z.output<typeof confirmLinkSchema>;
export type ResetPassword = z.output<typeof resetPasswordSchema>;
