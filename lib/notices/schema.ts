import { z } from "zod";

// A switch that is off sends nothing.
const switched = z
  .literal("on")
  .optional()
  .transform((value) => value === "on");

export const setNoticeMailSchema = z.strictObject({ enabled: switched });

/** An empty URL takes the webhook away. */
export const setWebhookSchema = z.strictObject({
  url: z
    .string()
    .trim()
    .max(2_000, "is too long")
    .regex(/^[^\p{Cc}]*$/u, "must not have control characters")
    .refine((value) => value === "" || URL.canParse(value), "must be a full URL, such as https://hooks.example.com/gatehouse"),
  enabled: switched,
});
export const nothingSchema = z.strictObject({});

export type SetNoticeMail = z.output<typeof setNoticeMailSchema>;
export type SetWebhook = z.output<typeof setWebhookSchema>;
