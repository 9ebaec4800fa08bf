import { DrizzleQueryError } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { faultWords, log, logStep, reportFault } from "./report";
import { forget } from "./singleton";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  forget("env");
});

const failed = new DrizzleQueryError("insert into person (email) values ($1)", ["ana@acme.test"], new Error("the connection was lost"));

test("of a failed query the operator reads the database's words, and none of its values", () => {
  expect(faultWords(failed)).toBe("a query failed: the connection was lost");
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  reportFault(failed);
  const line = String(written.mock.calls[0]?.[0]);
  written.mockRestore();
  expect(line).toContain("the connection was lost");
  expect(line).toContain("report.test");
  expect(line).not.toMatch(/ana@acme|insert into/);
});

test("any other error keeps its message", () => {
  expect(faultWords(new Error("the file is locked"))).toBe("the file is locked");
  expect(faultWords("a string")).toBe("a string");
});

test.each([
  ["debug", ["quiet", "sign_in_step", "loud", "fault"]],
  ["info", ["sign_in_step", "loud", "fault"]],
  ["warn", ["loud", "fault"]],
  ["error", ["fault"]],
  // Wrong settings are told of as usual.
  ["silent", ["sign_in_step", "loud", "fault"]],
])("with LOG_LEVEL %s the operator reads what is as grave or graver", (level, expected) => {
  vi.stubEnv("LOG_LEVEL", level);
  forget("env");
  const events: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((line) => {
      events.push(JSON.parse(String(line)).event);
      return true;
    });
  }
  log("debug", "quiet");
  logStep("ref_1", "token", "ok");
  log("warn", "loud");
  reportFault(new Error("broken"));
  vi.restoreAllMocks();
  expect(events).toEqual(expected);
});
