import { expect, test } from "vitest";
import type { Policy, Rule } from "./schema";
import { policySentence, sentenceParts } from "./sentence";

const groups = new Map([["grp_1", "contractors"]]);
const everyone: Rule = { kind: "everyone" };
const acme: Rule = { kind: "email_domain", domain: "acme.com" };
const beta: Rule = { kind: "email_domain", domain: "beta.com" };
const contractors: Rule = { kind: "group", groupId: "grp_1" };
const gone: Rule = { kind: "group", groupId: "grp_2" };
const ana: Rule = { kind: "email", email: "ana@acme.com" };
const rules = (include: Rule[], more: Partial<Policy> = {}) => ({ action: "allow" as const, include, require: [], exclude: [], ...more });

// biome-ignore format: a table reads best as a table
test.each<[string, ReturnType<typeof rules> | Policy]>([
  ["Allow everyone",                                                          rules([everyone])],
  ["Allow everyone",                                                          rules([acme, everyone])],
  ["Allow nobody",                                                            rules([])],
  ["Allow people at acme.com",                                                rules([acme])],
  ["Allow people at acme.com or at beta.com",                                 rules([acme, beta])],
  ["Allow people at acme.com or in contractors, except ana@acme.com",         rules([acme, contractors], { exclude: [ana] })],
  ["Allow ana@acme.com or people at beta.com",                                rules([beta, ana])],
  ["Allow everyone, if they are also at acme.com and in contractors",         rules([everyone], { require: [acme, contractors] })],
  ["Allow people at acme.com",                                                rules([acme], { require: [everyone] })],
  ["Allow people at acme.com, except ana@acme.com and people in contractors", rules([acme], { exclude: [contractors, ana] })],
  ["Allow people in a group that no longer exists",                           rules([gone])],
  ["Block ana@acme.com",                                                      { ...rules([ana]), id: "p", name: "n", action: "block" }],
])("%s", (sentence, policy) => expect(policySentence(policy, groups)).toBe(sentence));

test("a long list is cut and counted", () => {
  const many = Array.from({ length: 12 }, (_, i): Rule => ({ kind: "email", email: `p${i}@acme.com` }));
  expect(policySentence(rules(many), groups)).toMatch(/^Allow p0@acme\.com or .* or p4@acme\.com or 7 more$/);
});

test("what was chosen is emphasised, the words between are not", () => {
  expect(sentenceParts(rules([acme]), groups).filter((part) => part.strong)).toEqual([
    { text: "Allow", strong: true },
    { text: "acme.com", strong: true },
  ]);
});
