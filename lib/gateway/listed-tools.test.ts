import { describe, expect, test } from "vitest";
import type { JsonObject } from "@/drizzle/schema/servers";
import { buildCatalogue, type Entry } from "./catalogue";
import { contextModeOf } from "./context-mode";
import { briefDefinition, listedTools as listed } from "./listed-tools";
import { aView } from "@/tests/support/view";

const on = { portalTools: true };
const listedTools = (...args: Parameters<typeof listed>) => listed(...args).map(({ text }) => JSON.parse(text()) as JsonObject);
const catalogue = buildCatalogue(aView(), { email: "a@acme.test", groups: [] });
const namesOf = (tools: JsonObject[]) => tools.map((tool) => tool.name);
const brief = (definition: JsonObject) => {
  const entry = [...catalogue.served.tool.values()][0] as Entry;
  return briefDefinition({
    ...entry,
    capability: { ...entry.capability, name: "t", exposedName: "t", definition: { name: "t", inputSchema: {}, ...definition } },
  });
};

describe("what a client is shown of the tools", () => {
  test("full: the portal's own tools, then everything", () => {
    const tools = listedTools(catalogue, on, "full");
    expect(namesOf(tools)).toEqual(["portal_list_servers", "portal_set_server", "get_issue", "create_issue", "send"]);
    expect(tools.at(-1)).toMatchObject({ description: "Does send. At length.", inputSchema: { properties: { text: {} } } });
  });

  test("names: every tool with one line and no schema, and a search", () => {
    const tools = listedTools(catalogue, on, "names");
    expect(namesOf(tools)).toEqual(["portal_list_servers", "portal_set_server", "portal_search_tools", "get_issue", "create_issue", "send"]);
    expect(tools.at(-1)).toEqual({ name: "send", description: "Does send.", inputSchema: { type: "object" } });
  });

  test("search: nothing but the portal's own tools", () => {
    expect(namesOf(listedTools(catalogue, on, "search"))).toEqual(["portal_list_servers", "portal_set_server", "portal_search_tools", "portal_execute_tool"]);
  });

  test("without the switch, what the servers offer and nothing else", () => {
    expect(namesOf(listedTools(catalogue, { portalTools: false }, "full"))).toEqual(["get_issue", "create_issue", "send"]);
  });

  test("the portal's own tools are whole: title, description, schemas of objects, annotations", () => {
    for (const tool of listedTools(catalogue, on, "search")) {
      expect(tool).toMatchObject({
        title: expect.any(String),
        description: expect.any(String),
        inputSchema: { type: "object" },
        annotations: { readOnlyHint: expect.any(Boolean) },
      });
      expect(JSON.stringify(tool)).not.toContain("$schema");
      if (tool.name !== "portal_execute_tool") expect(tool.outputSchema).toMatchObject({ type: "object" });
    }
  });
});

describe("a definition in brief", () => {
  test.each<[string, unknown, string]>([
    ["the first sentence", "Reads an issue. It takes a key.", "Reads an issue."],
    ["the first line", "Reads an issue\n\n## Arguments", "Reads an issue"],
    ["no more than a line", "x".repeat(500), `${"x".repeat(139)}…`],
    ["nothing for a tool without one", undefined, ""],
  ])("has %s", (_, description, expected) => {
    expect(brief({ description }).description).toBe(expected);
  });

  test("keeps what is the client's, and drops what fills the context", () => {
    const kept = { title: "T", annotations: { readOnlyHint: true }, _meta: { ui: { resourceUri: "ui://a" } } };
    expect(brief({ ...kept, outputSchema: { type: "object" }, icons: [{ src: "data:" }] })).toEqual({
      name: "t",
      ...kept,
      description: "",
      inputSchema: { type: "object" },
    });
  });

  test("keeps the schema of a tool whose arguments travel as headers", () => {
    const inputSchema = { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } };
    expect(brief({ inputSchema }).inputSchema).toEqual(inputSchema);
  });
});

describe("the mode", () => {
  test.each<[string | undefined, "full" | "names" | "search", boolean, string]>([
    [undefined, "names", true, "names"],
    ["search", "full", true, "search"],
    ["full", "search", true, "full"],
    ["everything", "names", true, "names"],
    ["", "names", true, "names"],
    ["__proto__", "names", true, "names"],
    ["search", "names", false, "full"],
    [undefined, "search", false, "full"],
  ])("asked %s of a portal set to %s, its tools on: %s → %s", (asked, contextMode, portalTools, expected) => {
    expect(contextModeOf({ portalTools, contextMode }, asked)).toBe(expected);
  });
});
