import { describe, expect, test } from "vitest";
import { createPolicyFormSchema, emptyRow, readRow, rowsOf, toRow, updatePolicyFormSchema } from "./rule-rows";
import type { Rule } from "./schema";

const group = `grp_${"0".repeat(26)}`;

describe("a row", () => {
  test.each<Rule>([
    { kind: "everyone" },
    { kind: "email", email: "ana@acme.com" },
    { kind: "email_domain", domain: "acme.com" },
    { kind: "group", groupId: group },
  ])("of %j says the same when it comes back", (rule) => expect(readRow(toRow(rule))).toEqual({ rule }));

  test("left empty is no rule", () => expect(readRow(emptyRow)).toEqual({ rule: null }));
  test("takes `@acme.com` for a domain", () =>
    expect(readRow({ kind: "email_domain", text: " @Acme.com ", group: "" })).toEqual({ rule: { kind: "email_domain", domain: "acme.com" } }));

  test.each([
    [{ kind: "email", text: "ana", group: "" }, "is not an e-mail address"],
    [{ kind: "email_domain", text: "acme", group: "" }, "is not a domain such as acme.com"],
    [{ kind: "email_domain", text: "", group: "" }, "is not a domain such as acme.com"],
    [{ kind: "group", text: "", group: "" }, "choose a group"],
    [{ kind: "", text: "acme.com", group: "" }, "choose what it is about"],
    [{ kind: "tenant", text: "x", group: "" }, "choose what it is about"],
  ])("%j: %s", (row, problem) => expect(readRow(row)).toEqual({ problem }));
});

describe("the editor's form", () => {
  const form = {
    name: "Team",
    description: "",
    action: "allow",
    "include-kind": ["email_domain", ""],
    "include-text": ["acme.com", ""],
    "include-group": ["", ""],
  };

  test("becomes rules, empty rows and repetitions left out", () => {
    const twice = { ...form, "include-kind": ["everyone", "everyone"] };
    expect(createPolicyFormSchema.parse(form)).toMatchObject({ include: [{ kind: "email_domain", domain: "acme.com" }], require: [], exclude: [] });
    expect(createPolicyFormSchema.parse(twice).include).toEqual([{ kind: "everyone" }]);
  });

  test("with one row only arrives as plain strings", () => {
    expect(rowsOf({ "include-kind": "everyone", "include-text": "", "include-group": "" }, "include")).toEqual([{ kind: "everyone", text: "", group: "" }]);
  });

  test("names the row that is wrong", () => {
    const wrong = createPolicyFormSchema.safeParse({ ...form, "exclude-kind": ["everyone", "email"], "exclude-text": ["", "x"], "exclude-group": ["", ""] });
    expect(wrong.error?.issues.map((issue) => issue.path[0])).toEqual(["exclude-1"]);
  });

  test.each([
    [{ name: " ", action: "allow" }, ["include", "name"]],
    [{ name: "x", action: "maybe" }, ["action"]],
  ])("%j is refused beside the field", (form, fields) => {
    const refused = createPolicyFormSchema.safeParse(form);
    expect(refused.error?.issues.map((issue) => issue.path[0]).sort()).toEqual(fields);
  });

  test("takes no field it does not know", () => {
    expect(createPolicyFormSchema.safeParse({ ...form, orgId: "org_other" }).success).toBe(false);
    expect(updatePolicyFormSchema.safeParse({ ...form, policyId: "pol_1", createdAt: "2020" }).success).toBe(false);
  });
});
