import type { Policy, Rule, Subject } from "./schema";

export type Decision = { allowed: boolean; policyId: string | null; policyName: string | null };

/** The first policy that applies decides; when none applies, access is denied. */
export function evaluate(policies: readonly Policy[], subject: Subject): Decision {
  const decisive = policies.find((policy) => applies(policy, subject));
  return { allowed: decisive?.action === "allow", policyId: decisive?.id ?? null, policyName: decisive?.name ?? null };
}

function applies(policy: Policy, subject: Subject): boolean {
  const matched = (rule: Rule) => matches(rule, subject);
  return policy.include.some(matched) && policy.require.every(matched) && !policy.exclude.some(matched);
}

function matches(rule: Rule, subject: Subject): boolean {
  switch (rule.kind) {
    case "everyone":
      return true;
    case "email":
      return subject.email === rule.email;
    case "email_domain":
      return subject.email.endsWith(`@${rule.domain}`);
    case "group":
      return subject.groups.includes(rule.groupId);
  }
}
