import { z } from "zod";
import { limits } from "@/lib/limits";

const serviceTokenId = z.string().max(80);
const daysMax = limits.serviceTokenDaysMax;
const days = z.coerce.number("give a number of days").int("give whole days").min(1, "at least 1 day").max(daysMax, `at most ${daysMax} days`);

/** How long the secret before it lives on when a token gets a new one, in hours. */
export const overlaps = ["0", "1", "24", "168"] as const;

export const createServiceTokenSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, "give it a name")
    .max(60, "is too long (60 characters at most)")
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, "contains characters that cannot be shown")
    // In the record it stands where people have their address.
    .refine((name) => !name.includes("@"), "holds an @, and would look like a person in the record"),
  portalId: z.array(z.string().max(80)).min(1, "choose at least one portal").max(100, "are too many portals for one token"),
  days,
});
export const rotateServiceTokenSchema = z.strictObject({ serviceTokenId, days, overlap: z.enum(overlaps, "choose one of these").transform(Number) });
export const revokeServiceTokenSchema = z.strictObject({ serviceTokenId });

export type CreateServiceToken = z.infer<typeof createServiceTokenSchema>;
export type RotateServiceToken = z.infer<typeof rotateServiceTokenSchema>;
