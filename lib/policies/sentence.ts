import type { Policy, Rule } from "./schema";

type Rules = Pick<Policy, "action" | "include" | "require" | "exclude">;
export type SentencePart = { text: string; strong: boolean };

/** A policy in words: `Allow people at acme.com or in contractors, except ana@acme.com`. */
export function policySentence(policy: Rules, groupNames: ReadonlyMap<string, string>): string {
  return sentenceParts(policy, groupNames)
    .map((part) => part.text)
    .join("");
}

/** The same in pieces, so that a page can emphasise what was chosen. */
export function sentenceParts(policy: Rules, groupNames: ReadonlyMap<string, string>): SentencePart[] {
  const name = (rule: Rule) => ruleName(rule, groupNames);
  const required = policy.require.filter((rule) => rule.kind !== "everyone");
  return [
    strong(policy.action === "allow" ? "Allow" : "Block"),
    plain(" "),
    ...people(policy.include, " or ", name),
    ...(required.length > 0 ? [plain(", if they are also "), ...clauses(required, " and ", name)] : []),
    ...(policy.exclude.length > 0 ? [plain(", except "), ...people(policy.exclude, " and ", name)] : []),
  ];
}

const namedMax = 6;

// Single people first, then what describes many: `ana@acme.com or people at acme.com or in contractors`.
function people(rules: readonly Rule[], word: string, name: (rule: Rule) => string): SentencePart[] {
  if (rules.length === 0) return [strong("nobody")];
  if (rules.some((rule) => rule.kind === "everyone")) return [strong("everyone")];
  const [single, many] = [rules.filter((rule) => rule.kind === "email"), rules.filter((rule) => rule.kind !== "email")];
  const crowd = many.length > 0 ? [plain("people "), ...clauses(many, word, name)] : [];
  const between = single.length > 0 && many.length > 0 ? [plain(word)] : [];
  return [...clauses(single, word, name), ...between, ...crowd];
}

function clauses(rules: readonly Rule[], word: string, name: (rule: Rule) => string): SentencePart[] {
  const shown = rules.length > namedMax ? rules.slice(0, namedMax - 1) : rules;
  const parts = shown.flatMap((rule, index) => [plain(index > 0 ? word : ""), plain(preposition(rule)), strong(name(rule))]);
  if (rules.length > shown.length) parts.push(plain(`${word}${rules.length - shown.length} more`));
  return parts.filter((part) => part.text !== "");
}

const preposition = (rule: Rule) => (rule.kind === "email_domain" ? "at " : rule.kind === "group" ? "in " : "");

function ruleName(rule: Rule, groupNames: ReadonlyMap<string, string>): string {
  switch (rule.kind) {
    case "everyone":
      return "everyone";
    case "email":
      return rule.email;
    case "email_domain":
      return rule.domain;
    case "group":
      return groupNames.get(rule.groupId) ?? "a group that no longer exists";
  }
}

const strong = (text: string): SentencePart => ({ text, strong: true });
const plain = (text: string): SentencePart => ({ text, strong: false });
