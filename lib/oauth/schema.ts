import { z } from "zod";
import { vendorIds } from "./vendors";

export const grantSchema = z.strictObject({ grantId: z.string().regex(/^gnt_[0-9a-z]{26}$/, "is not a grant") });
export const portalGrantsSchema = z.strictObject({ portalId: z.string().regex(/^ptl_[0-9a-z]{26}$/, "is not a portal") });
export const personAppsSchema = z.strictObject({ personId: z.string().max(80) });
export const clientAppsSchema = z.strictObject({ client: z.string().min(1).max(200) });
/** One line an entry; what is in the lines is judged by the command, which knows the operator's settings. */
export const setClientRulesSchema = z.strictObject({
  clients: z.enum(["any", "listed"], "choose one of the two"),
  vendor: z.array(z.enum(vendorIds)).max(vendorIds.length),
  redirects: z.string().max(50_000, "is too long"),
  clientIds: z.string().max(50_000, "is too long"),
});

export type SetClientRules = z.infer<typeof setClientRulesSchema>;
export type GrantInput = z.infer<typeof grantSchema>;
export type PortalGrantsInput = z.infer<typeof portalGrantsSchema>;
