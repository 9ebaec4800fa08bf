import { expect, test } from "vitest";
import { accessEventWords, auditActionWords, changedFields } from "./event-words";

test("events and changes read as words, also those without a translation", () => {
  expect(accessEventWords("sign_in_failed")).toBe("Sign-in failed");
  expect(accessEventWords("something_new")).toBe("Something new");
  expect(auditActionWords("server.credential_set")).toBe("Server: credential set");
});

test("only what differs between before and after is shown", () => {
  expect(changedFields({ name: "Jra", url: "https://a", on: true }, { name: "Jira", url: "https://a", tools: ["x"] })).toEqual([
    { field: "Name", before: "Jra", after: "Jira" },
    { field: "On", before: "true", after: "" },
    { field: "Tools", before: "", after: '["x"]' },
  ]);
  expect(changedFields(null, null)).toEqual([]);
});
