import { z } from "zod";

export const grantSchema = z.strictObject({ grantId: z.string().regex(/^gnt_[0-9a-z]{26}$/, "is not a grant") });
export const portalGrantsSchema = z.strictObject({ portalId: z.string().regex(/^ptl_[0-9a-z]{26}$/, "is not a portal") });
export const personAppsSchema = z.strictObject({ personId: z.string().max(80) });
export const clientAppsSchema = z.strictObject({ client: z.string().min(1).max(200) });

export type GrantInput = z.infer<typeof grantSchema>;
export type PortalGrantsInput = z.infer<typeof portalGrantsSchema>;
