import { describe, expect, test } from "vitest";
import { holds, judge } from "./judge";
import type { Check, Results } from "./suite";

const check = (id: string, status: Check["status"] = "SUCCESS"): Check => ({ id, status, description: `${id} works` });
const required = { required: ["scenario"], unscored: [] as string[] };
const unscored = { required: [] as string[], unscored: ["scenario"] };
const found = (...checks: Check[]) => new Map([["scenario", checks]]);
const verdictOf = (scenarios: typeof required, results: Results, alone?: Results) => judge(scenarios, results, alone)[0];

describe("a required scenario", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, Check[] | null, string | null]>([
    ["whose checks pass is fine",                  [check("a"), check("b")],            null],
    ["may warn",                                   [check("a"), check("b", "WARNING")], null],
    ["with a failed check is a fault",             [check("a"), check("b", "FAILURE")], "1 failed"],
    ["that made no checks is a fault",             [check("a", "SKIPPED"), check("b", "INFO")], "no checks"],
    ["with nothing at all is a fault",             [],                                  "no checks"],
    ["that left out a check is a fault",           [check("a"), check("b", "SKIPPED")], "not checked: b"],
    ["that did not run is a fault",                null,                                "did not run"],
  ])("%s", (_, checks, fault) => {
    const verdicts = judge(required, checks ? found(...checks) : new Map(), found(check("a"), check("b")));
    expect(verdicts).toMatchObject([{ scenario: "scenario", kind: "required", fault }]);
    expect(holds(verdicts)).toBe(fault === null);
  });

  test("that passes with another answer than the fixture's is a fault", () => {
    const saying = (text: string): Check => ({ ...check("a"), details: { result: { content: [{ type: "text", text }] } } });
    expect(verdictOf(required, found(saying("hello")), found(saying("hello")))?.fault).toBeNull();
    expect(verdictOf(required, found(saying("out of order")), found(saying("hello")))?.fault).toBe("a: the answer is not the fixture's");
    expect(verdictOf(required, found(check("a")), found(saying("hello")))?.fault).toBeNull();
  });

  test("says what failed, in the suite's words or else by what was promised", () => {
    const results = found({ ...check("a", "FAILURE"), errorMessage: "not\n  so" }, check("b", "WARNING"));
    expect(verdictOf(required, results)?.failures).toEqual(["a: not so", "b (warning): b works"]);
  });
});

describe("an unscored scenario", () => {
  test("is wanted when the fixture passes it by itself, and then a fault of the portal's counts", () => {
    const verdicts = judge(unscored, found(check("a", "FAILURE")), found(check("a")));
    expect(verdicts).toMatchObject([{ kind: "wanted", fault: "1 failed" }]);
    expect(holds(verdicts)).toBe(false);
  });

  test("that is wanted has to be as good as the fixture alone", () => {
    const alone = found(check("a"), check("a"));
    expect(verdictOf(unscored, found(check("a"), check("a", "WARNING")), alone)?.fault).toBe("1 warnings");
    expect(verdictOf(unscored, found(check("a"), check("a", "INFO")), alone)?.fault).toBe("1 of 2 checks");
  });

  test("is only reported when the fixture does not pass it either", () => {
    const verdicts = judge(unscored, found(check("a", "FAILURE")), found(check("a", "FAILURE")));
    expect(verdicts).toMatchObject([{ kind: "reported", fault: "1 failed" }]);
    expect(holds(verdicts)).toBe(true);
  });
});
