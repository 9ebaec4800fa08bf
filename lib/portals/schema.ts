import { z } from "zod";
import { contextModes } from "@/lib/gateway/context-mode";

const shown = "contains characters that cannot be shown";
const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `is too long (${max} characters at most)`)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, shown);
const nameSchema = line(80).min(1, "give it a name");
// Line breaks are fine in a text that clients read; NUL and other controls are not.
const textSchema = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `is too long (${max} characters at most)`)
    .regex(/^(?:[^\p{Cc}\p{Cf}]|[\n\r\t])*$/u, shown);

const reserved = new Set("admin api assets connect mcp new null oauth sign-in sign-out sign-up static undefined well-known".split(" "));
export const isReservedPortalSlug = (slug: string): boolean => reserved.has(slug);

export const portalSlugSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "use 1 to 32 lower-case letters, digits and hyphens, starting with a letter or digit")
  .refine((slug) => !isReservedPortalSlug(slug), "is a reserved word");

const portalId = z.string().max(80);
const serverId = z.string().max(80);
const capabilityId = z.string().max(80);
const ids = z.array(capabilityId).max(2_000, "holds too many entries");

export const createPortalSchema = z.strictObject({ name: nameSchema, slug: portalSlugSchema, description: line(500).default("") });
export const updatePortalSchema = z.strictObject({
  portalId,
  name: nameSchema,
  description: line(500).default(""),
  instructions: textSchema(4_000).default(""),
  contact: line(200).default(""),
});
export const setPortalEnabledSchema = z.strictObject({ portalId, enabled: z.enum(["true", "false"]).transform((value) => value === "true") });
export const setPortalToolsSchema = z.strictObject({
  portalId,
  // A switch that is off sends nothing.
  portalTools: z
    .literal("on")
    .optional()
    .transform((value) => value === "on"),
  contextMode: z.enum(contextModes),
});
export const setPortalLifetimesSchema = z.strictObject({
  portalId,
  accessTokenMinutes: z.coerce.number("give a number of minutes").int("give whole minutes").min(5, "at least 5 minutes").max(1_440, "at most 1440 minutes"),
  grantDays: z.coerce.number("give a number of days").int("give whole days").min(1, "at least 1 day").max(365, "at most 365 days"),
});
export const deletePortalSchema = z.strictObject({ portalId, slug: z.string().trim().max(80) });
export const assignServerSchema = z.strictObject({ portalId, serverId, capabilityId: ids, seen: z.string().max(80).optional() });
export const portalServerSchema = z.strictObject({ portalId, serverId });
export const moveServerSchema = z.strictObject({ portalId, serverId, direction: z.enum(["up", "down"]) });
export const setToggleSchema = z.strictObject({
  portalId,
  capabilityId,
  enabled: z.enum(["true", "false"]).transform((value) => value === "true"),
  fingerprint: z.string().max(200).optional(),
});
export const setTogglesSchema = z.strictObject({
  portalId,
  serverId: serverId.optional(),
  mode: z.enum(["all", "none", "read_only"]),
});
export const saveTogglesSchema = z.strictObject({ portalId, serverId, shown: ids, on: ids });
export const renameExposedSchema = z.strictObject({
  portalId,
  capabilityId,
  name: z
    .string()
    .trim()
    .max(200, "is too long")
    .regex(/^[^\0]*$/, shown),
});
export const setPrefixSchema = z.strictObject({ portalId, serverId, names: z.enum(["prefixed", "bare"]) });
export const checkPersonSchema = z.string().trim().toLowerCase().normalize("NFC").max(254, "is too long").pipe(z.email("is not an e-mail address"));

export type CreatePortal = z.infer<typeof createPortalSchema>;
export type UpdatePortal = z.infer<typeof updatePortalSchema>;
export type SetPortalLifetimes = z.infer<typeof setPortalLifetimesSchema>;
export type SetPortalTools = z.infer<typeof setPortalToolsSchema>;

/** A slug that suits a name; empty when nothing of the name can stay. */
export function suggestPortalSlug(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 32)
    .replace(/-+$/, "");
  return isReservedPortalSlug(plain) ? "" : plain;
}
