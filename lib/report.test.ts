import { DrizzleQueryError } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { faultWords, reportFault } from "./report";

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
