import { expect, test } from "vitest";
import { newId } from "@/lib/ids";
import { readFilters } from "./schema";

test("good filters are taken from the URL, the first of repeated ones", () => {
  const server = newId("srv");
  const { filters, notices } = readFilters({
    person: " Ana@Acme.com ",
    server,
    outcome: "denied",
    q: ["get_issue", "other"],
    from: "2026-11-01",
    to: "2026-11-24",
    tab: "x",
  });
  expect(filters).toEqual({ person: "ana@acme.com", server, outcome: "denied", q: "get_issue", from: "2026-11-01", to: "2026-11-24" });
  expect(notices).toEqual([]);
});

test.each([
  ["server", "jira"],
  ["portal", "ptl_1"],
  ["outcome", "great"],
  ["from", "2026-02-31T"],
  ["to", "2026-13-41"],
  ["cursor", "'; drop table call"],
  ["q", "a\0b"],
  ["q", "x".repeat(300)],
])("a %s of %j is ignored with a notice", (name, value) => {
  const { filters, notices } = readFilters({ [name]: value });
  expect(filters).toEqual({});
  expect(notices).toHaveLength(1);
});

test("empty fields of a form are no filters", () => {
  expect(readFilters({ person: "", q: "  ", from: undefined })).toEqual({ filters: {}, notices: [] });
});
