import { describe, expect, test } from "vitest";
import { createOrganizationSchema, isReservedSlug, organizationSlugSchema, retentionSchema, suggestSlug } from "./schema";

describe("a slug", () => {
  test.each(["acme", "a1", "0-day", "a".repeat(32), "acme-"])("`%s` is accepted", (slug) => expect(organizationSlugSchema.safeParse(slug).success).toBe(true));

  test.each(["a", "-acme", "a".repeat(33), "ac me", "acme/x", "acmé", "acme.com", "../admin", "a\0b", ""])("`%s` is refused", (slug) =>
    expect(organizationSlugSchema.safeParse(slug).success).toBe(false),
  );

  test("is folded to lower case and trimmed", () => expect(organizationSlugSchema.parse(" Acme ")).toBe("acme"));

  test.each(
    "admin api mcp connect oauth sign-in sign-up account new well-known livez readyz settings portal gatehouse www invite reset next static".split(" "),
  )("`%s` is a reserved word, in any case", (word) => {
    expect(isReservedSlug(word)).toBe(true);
    expect(organizationSlugSchema.safeParse(word.toUpperCase()).error?.issues[0]?.message).toBe("is a reserved word");
  });
});

test.each([
  ["Acme Inc.", "acme-inc"],
  ["Ländle & Söhne GmbH", "landle-sohne-gmbh"],
  ["  !!  ", ""],
  ["Admin", ""],
  ["東京", ""],
  ["A very long company name that goes on and on", "a-very-long-company-name-that-go"],
])("`%s` suggests `%s`", (name, slug) => expect(suggestSlug(name)).toBe(slug));

test("an organization takes no field beside name and slug", () => {
  expect(createOrganizationSchema.safeParse({ name: "Acme", slug: "acme", role: "owner" }).success).toBe(false);
});

test.each(["a\u0000b", "a\u202eb", "a\u200bb", "a\nb", " ", "x".repeat(81)])("name %j is refused", (name) => {
  expect(createOrganizationSchema.safeParse({ name, slug: "acme" }).success).toBe(false);
});

test.each([
  ["7", true],
  ["3650", true],
  ["6", false],
  ["3651", false],
  ["8.5", false],
  ["", false],
  ["ninety", false],
])("retention of `%s` days: %s", (retentionDays, ok) => expect(retentionSchema.safeParse({ retentionDays }).success).toBe(ok));
