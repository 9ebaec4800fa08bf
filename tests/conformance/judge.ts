import type { Check, Results } from "./suite";

/** `required` by the revision; `wanted` since the fixture passes it when nothing is in front of it; the rest is only `reported`. */
export type Kind = "required" | "wanted" | "reported";
export type Verdict = { scenario: string; kind: Kind; passed: number; total: number; warnings: number; fault: string | null; failures: string[] };

/**
 * Judges what the suite found. A scenario without checks is no success, and neither is one that leaves out a check which the fixture
 * gets by itself: what could not be asked was not passed.
 */
export function judge(scenarios: { required: string[]; unscored: string[] }, results: Results, reference?: Results): Verdict[] {
  const kindOf = (scenario: string): Kind => (reference && isClean(countsOf(reference.get(scenario) ?? [])) ? "wanted" : "reported");
  const all: [string, Kind][] = [
    ...scenarios.required.map((scenario): [string, Kind] => [scenario, "required"]),
    ...scenarios.unscored.map((scenario): [string, Kind] => [scenario, kindOf(scenario)]),
  ];
  return all.map(([scenario, kind]) => {
    const checks = results.get(scenario);
    const { passed, failed, warnings } = countsOf(checks ?? []);
    const fault = checks ? faultOf(kind, checks, reference?.get(scenario) ?? []) : "did not run";
    return { scenario, kind, passed, total: passed + failed, warnings, fault, failures: failuresOf(checks ?? []) };
  });
}

/** Whether the run as a whole holds: nothing required or wanted has a fault. */
export const holds = (verdicts: readonly Verdict[]) => verdicts.every(({ kind, fault }) => fault === null || kind === "reported");

function faultOf(kind: Kind, checks: readonly Check[], expected: readonly Check[]): string | null {
  const { passed, failed, warnings } = countsOf(checks);
  if (failed > 0) return `${failed} failed`;
  if (passed === 0) return "no checks";
  const made = idsOf(checks);
  const omitted = [...idsOf(expected)].filter((id) => !made.has(id));
  if (omitted.length > 0) return `not checked: ${omitted.join(", ")}`;
  const other = [...answersOf(checks)].find(([id, answers]) => answersOf(expected).has(id) && answersOf(expected).get(id) !== answers);
  if (other) return `${other[0]}: the answer is not the fixture's`;
  if (kind !== "wanted") return null;
  // What no revision requires counts only when it is as good as without us: a warning, or a mere remark in place of a check, is not.
  if (warnings > 0) return `${warnings} warnings`;
  return passed < countsOf(expected).passed ? `${passed} of ${countsOf(expected).passed} checks` : null;
}

// Some scenarios are content with any text, also with that of an error. An answer that is refused has no result, and is the suite's affair.
function answersOf(checks: readonly Check[]): Map<string, string> {
  return new Map(checks.flatMap(({ id, details }) => (details?.result ? [[id, JSON.stringify([details.result.content, details.result.resultType])]] : [])));
}

const idsOf = (checks: readonly Check[]) => new Set(checks.flatMap(({ id, status }) => (status === "SKIPPED" ? [] : [id])));

function countsOf(checks: readonly Check[]) {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  return { passed: count("SUCCESS"), failed: count("FAILURE"), warnings: count("WARNING") };
}

const isClean = ({ passed, failed, warnings }: ReturnType<typeof countsOf>) => passed > 0 && failed + warnings === 0;

function failuresOf(checks: readonly Check[]): string[] {
  const failing = checks.filter(({ status }) => status === "FAILURE" || status === "WARNING");
  return failing.map(({ id, status, description, errorMessage }) => {
    const words = (errorMessage ?? description).replace(/\s+/g, " ").slice(0, 240);
    return `${id}${status === "WARNING" ? " (warning)" : ""}: ${words}`;
  });
}
