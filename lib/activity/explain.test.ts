import { describe, expect, test } from "vitest";
import { callOutcomes } from "./schema";
import { type Explainable, explainCall, milliseconds } from "./explain";

const call: Explainable = {
  method: "tools/call",
  capabilityKind: "tool",
  capabilityName: "create_issue",
  requestedName: "jira_create_issue",
  serverName: "Jira",
  portalName: "Engineering",
  decision: "allowed",
  decidedBy: "portal",
  policyName: "Acme people",
  outcome: "ok",
  errorCode: null,
  errorMessage: null,
  durationMs: 120.4,
};

describe("why a call went the way it did", () => {
  test.each<[string, Partial<Explainable>, string]>([
    ["allowed by the portal", {}, "Allowed: the policy “Acme people” of the portal Engineering lets this person in. It was answered after 120 ms."],
    [
      "allowed by the server",
      { decidedBy: "server" },
      "Allowed: the policy “Acme people” of the server Jira lets this person in. It was answered after 120 ms.",
    ],
    ["blocked by a policy", { decision: "denied", outcome: "denied" }, "Denied: the policy “Acme people” of the portal Engineering blocks this person."],
    [
      "no policy matches",
      { decision: "denied", outcome: "denied", decidedBy: "server", policyName: null },
      "Denied: no policy of the server Jira lets this person in, and without one nobody gets in.",
    ],
    [
      "switched off",
      { decision: "denied", outcome: "denied", decidedBy: "toggle", policyName: null },
      "Denied: the tool “create_issue” is switched off in the portal Engineering.",
    ],
    [
      "waiting for approval",
      { decision: "denied", outcome: "denied", decidedBy: "approval" },
      "Denied: the tool “create_issue” is new or has changed, and no admin has accepted its present form yet.",
    ],
    [
      "a server that the person switched off",
      { decision: "denied", outcome: "denied", decidedBy: "grant", policyName: null },
      "Denied: this person has switched the server Jira off for this app.",
    ],
    [
      "a service token",
      { personId: "svc_1", decidedBy: "service_token", policyName: null },
      "Allowed: this service token is bound to the portal Engineering. It was answered after 120 ms.",
    ],
    [
      "a server that no service token may use",
      { personId: "svc_1", decision: "denied", outcome: "denied", decidedBy: "service_token", policyName: null },
      "Denied: the server Jira has policies of its own. They speak of people, so no service token gets in.",
    ],
    [
      "a name that a service token has not",
      { personId: "svc_1", decision: "denied", outcome: "unknown", decidedBy: "none", requestedName: "nope" },
      "This service token has nothing called “nope” in the portal Engineering: misspelt, renamed or never there.",
    ],
    [
      "no such name",
      { decision: "denied", outcome: "unknown", decidedBy: "none", requestedName: "nope" },
      "This person has nothing called “nope” in the portal Engineering: misspelt, renamed or never there.",
    ],
    [
      "an upstream error",
      { policyName: null, outcome: "upstream_error", errorCode: -32603, errorMessage: "internal error." },
      "Allowed. The server Jira answered with an error (code -32603): internal error.",
    ],
    ["interrupted", { policyName: null, outcome: "interrupted" }, expect.stringContaining("The server may have done the work.")],
  ])("%s", (_, more, sentence) => {
    expect(explainCall({ ...call, ...more })).toEqual(sentence);
  });

  test("every outcome has words, also where nothing else is known", () => {
    const bare = { capabilityKind: null, capabilityName: null, requestedName: null, serverName: null, policyName: null, decidedBy: null, durationMs: null };
    for (const outcome of callOutcomes) {
      for (const decision of ["allowed", "denied"] as const) {
        const sentence = explainCall({ ...call, ...bare, outcome, decision });
        expect(sentence).toMatch(/^[A-Z].*\.$/);
        expect(sentence).not.toMatch(/null|undefined/);
      }
    }
  });

  test.each([
    [0.2, "under 1 ms"],
    [12.6, "13 ms"],
    [1_240, "1.2 s"],
    [180_000, "3 min"],
  ])("%d ms reads as %s", (ms, text) => expect(milliseconds(ms)).toBe(text));
});
