import { expect, test } from "vitest";
import { addPeopleSchema, createGroupSchema, parseEmails } from "./schema";

test.each([
  ["ana@acme.test, bob@acme.test;cy@acme.test\ndan@acme.test eve@acme.test", ["ana", "bob", "cy", "dan", "eve"]],
  ["Ana Ángel <Ana@acme.test>, 'bob@acme.test'", ["ana", "bob"]],
  ["ana@acme.test\r\nANA@ACME.TEST", ["ana"]],
  [" \n ,; ", []],
])("the addresses in %j are found once each", (text, names) => {
  expect(parseEmails(text)).toEqual({ emails: names.map((name) => `${name}@acme.test`), bad: [] });
});

test("what is no address is kept apart, in the order it was typed", () => {
  expect(parseEmails("ana@acme.test bob@ , nonsense @x.test\nnonsense")).toEqual({ emails: ["ana@acme.test"], bad: ["bob@", "nonsense", "@x.test"] });
});

test.each([{ emails: "" }, { emails: "  \n" }, { emails: "a\0b" }])("%j adds nobody", (input) => {
  expect(addPeopleSchema.safeParse({ groupId: `grp_${"0".repeat(26)}`, ...input }).success).toBe(false);
});

test("a group takes no foreign field", () => {
  expect(createGroupSchema.safeParse({ name: "Team", orgId: "org_x" }).success).toBe(false);
});
