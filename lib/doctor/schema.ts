import { z } from "zod";
import { clientIds } from "./profiles";

export const checkPortalSchema = z.strictObject({
  portalId: z.string().regex(/^ptl_[0-9a-z]{26}$/, "is not a portal"),
  client: z.array(z.enum(clientIds, "is not an app that is known here")).min(1, "choose at least one app").max(clientIds.length),
});
export const checkServerSchema = z.strictObject({ serverId: z.string().regex(/^srv_[0-9a-z]{26}$/, "is not a server") });

export type CheckPortal = z.output<typeof checkPortalSchema>;
export type CheckServer = z.output<typeof checkServerSchema>;
