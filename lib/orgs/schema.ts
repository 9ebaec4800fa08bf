import { z } from "zod";

export const organizationNameSchema = z
  .string()
  .trim()
  .min(1, "give it a name")
  .max(80, "is too long (80 characters at most)")
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, "contains characters that cannot be shown");

export const organizationSlugSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{1,31}$/, "use 2 to 32 lower-case letters, digits and hyphens, starting with a letter or digit")
  .refine((slug) => !isReservedSlug(slug), "is a reserved word");

export const createOrganizationSchema = z.strictObject({ name: organizationNameSchema, slug: organizationSlugSchema });
export const renameOrganizationSchema = z.strictObject({ name: organizationNameSchema });
export const retentionSchema = z.strictObject({
  retentionDays: z.coerce.number("give a number of days").int("give whole days").min(7, "at least 7 days").max(3650, "at most 3650 days"),
});
export const leaveOrganizationSchema = z.strictObject({ organization: z.string().max(32) });
export const deleteOrganizationSchema = z.strictObject({
  slug: z.string().trim(),
  password: z.string().min(1, "type your password").max(1024, "is too long"),
});

export type CreateOrganization = z.infer<typeof createOrganizationSchema>;
export type DeleteOrganization = z.infer<typeof deleteOrganizationSchema>;

// What a path segment means, or may mean one day, or what a person would take for the product itself (TN-11).
const reserved = new Set(
  `about account admin administrator api app apps assets auth authorize billing blog callback client-metadata connect console dashboard docs
  download favicon gatehouse groups health help home internal invite invites livez login logout mail mcp me members metrics new next null oauth
  official openid organization organizations orgs outbox people policies portal portals pricing privacy public readyz register registry reset root
  security servers session sessions settings sign-in sign-out sign-up signin signout signup static status support system terms
  token undefined user users verify webhook webhooks well-known www`.split(/\s+/),
);

export const isReservedSlug = (slug: string): boolean => reserved.has(slug) || slug.startsWith("xn--");

/** A slug that suits a name: `Acme Ländle GmbH` → `acme-landle-gmbh`. Empty when nothing of the name can stay. */
export function suggestSlug(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 32)
    .replace(/-+$/, "");
  return plain.length < 2 || isReservedSlug(plain) ? "" : plain;
}
