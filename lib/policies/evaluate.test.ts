import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate";
import type { Policy, Rule } from "./schema";

const ana = { email: "ana@acme.com", groups: ["grp_eng"] };
const everyone: Rule = { kind: "everyone" };
const acme: Rule = { kind: "email_domain", domain: "acme.com" };
const eng: Rule = { kind: "group", groupId: "grp_eng" };
const someone: Rule = { kind: "email", email: "b@acme.com" };
const allow = (include: Rule[], rest: Partial<Policy> = {}): Policy => ({
  id: "allow",
  name: "Allow",
  action: "allow",
  include,
  require: [],
  exclude: [],
  ...rest,
});
const block = (include: Rule[]): Policy => ({ ...allow(include), id: "block", action: "block" });

describe("evaluate", () => {
  // biome-ignore format: a truth table reads best as a table
  test.each<[string, Policy[], boolean, string | null]>([
    ["no policies denies",                    [],                                                                        false, null],
    ["no matching policy denies",             [allow([someone])],                                                        false, null],
    ["an empty include matches nobody",       [allow([])],                                                               false, null],
    ["include is OR",                         [allow([someone, acme])],                                                  true,  "allow"],
    ["require is AND",                        [allow([everyone], { require: [acme, { kind: "group", groupId: "ops" }] })], false, null],
    ["require that holds admits",             [allow([everyone], { require: [acme, eng] })],                             true,  "allow"],
    ["exclude wins inside one policy",        [allow([everyone], { exclude: [eng] })],                                   false, null],
    ["an excluded block lets the next decide", [{ ...block([everyone]), exclude: [eng] }, allow([acme])],                true,  "allow"],
    ["first match wins: block before allow",  [block([eng]), allow([everyone])],                                         false, "block"],
    ["first match wins: allow before block",  [allow([everyone]), block([eng])],                                         true,  "allow"],
    ["a lookalike domain does not match",     [allow([{ kind: "email_domain", domain: "cme.com" }])],                    false, null],
    ["a subdomain does not match",            [allow([{ kind: "email_domain", domain: "mail.acme.com" }])],              false, null],
  ])("%s", (_name, policies, allowed, policyId) => {
    expect(evaluate(policies, ana)).toMatchObject({ allowed, policyId });
  });
});
