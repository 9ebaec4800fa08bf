import { describe, expect, test } from "vitest";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { Entry } from "./catalogue";
import { searchTools } from "./tool-search";

const server = {
  id: "srv_1",
  slug: "jira",
  name: "Jira",
  status: "ready" as const,
  errorMessage: null,
  account: "shared" as const,
  instructions: "",
  declared: {},
  policies: null,
  capabilities: [],
  renamed: [],
};
const access = { allowed: true, policyId: null, policyName: null, by: "portal" as const };

function tool(name: string, definition: JsonObject = {}, more: Partial<Entry["server"]> = {}): Entry {
  const whole = { name, inputSchema: { type: "object" }, ...definition };
  return { server: { ...server, ...more }, access, capability: { id: name, kind: "tool", name, exposedName: name, definition: whole } };
}

const names = (found: Entry[]) => found.map((entry) => entry.capability.name);

const tools = [
  tool("get_issue", { description: "Reads one issue." }),
  tool("create_issue", { description: "Creates an issue in a project.", inputSchema: { type: "object", properties: { assignee: { type: "string" } } } }),
  tool("list_pages", { title: "All pages", description: "Lists wiki pages." }),
  tool("send", { description: "Sends a message.", inputSchema: { properties: { channel: { enum: ["general", "random"] } } } }, { name: "Slack" }),
];

describe("a search", () => {
  test.each<[string, string, string[]]>([
    ["a word of a name", "issue", ["get_issue", "create_issue"]],
    ["its plural", "issues", ["get_issue", "create_issue"]],
    ["the rarer word first", "create issue", ["create_issue", "get_issue"]],
    ["whole sentences", "create an issue for the assignee", ["create_issue"]],
    ["a title", "All Pages", ["list_pages"]],
    ["a word of a description", "wiki", ["list_pages"]],
    ["the server's name", "slack", ["send"]],
    ["the name of an argument", "assignee", ["create_issue"]],
    ["a choice of an argument", "random", ["send"]],
    ["an exact name before all others", "send", ["send"]],
    ["other cases", "WIKI", ["list_pages"]],
    ["nothing for a word that is nowhere", "kubernetes", []],
    ["nothing by the vocabulary of JSON Schema", "string properties enum", []],
    ["the first tools for no words at all", " .*+ ", ["get_issue", "create_issue", "list_pages", "send"]],
  ])("finds %s", (_, query, expected) => {
    expect(names(searchTools(tools, query)).slice(0, expected.length || 4)).toEqual(expected);
  });

  test("weighs a rare word in a description above one that is in every name", () => {
    const many = ["read_a", "read_b", "read_c", "read_d"].map((name) => tool(name));
    expect(names(searchTools([...many, tool("pods", { description: "Looks into Kubernetes." })], "read kubernetes"))[0]).toBe("pods");
  });

  test("ME-24: takes patterns as text, at the cost of a pass", () => {
    const long = tool("long", { description: `${"a".repeat(16_000)}!` });
    const began = performance.now();
    expect(searchTools([long], "(a+)+$ ([a-zA-Z]+)*x ^(a|a)*b")).toEqual([long]);
    expect(performance.now() - began).toBeLessThan(100);
  });

  test("survives schemas that are none, and endless ones", () => {
    const endless: JsonObject = { type: "object" };
    endless.properties = { self: endless };
    expect(names(searchTools([tool("odd", { inputSchema: 7 }), tool("deep", { inputSchema: endless })], "self"))).toEqual(["deep"]);
  });
});
