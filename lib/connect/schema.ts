import { z } from "zod";

export const signOutEverywhereSchema = z.strictObject({ portalId: z.string().regex(/^ptl_[0-9a-z]{26}$/, "is not a portal") });
export const switchAccountSchema = z.strictObject({ next: z.string().max(2_000) });

export type SignOutEverywhere = z.infer<typeof signOutEverywhereSchema>;
