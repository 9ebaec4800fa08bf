import { describe, expect, test } from "vitest";
import type { CapabilityKind } from "@/drizzle/schema/servers";
import { allocateName, allocateNames, nameKey, nameProblem, needsPrefix } from "./names";

const taken = (kind: CapabilityKind, ...names: string[]) => new Set(names.map((name) => nameKey(kind, name)));
const name = (kind: CapabilityKind, own: string, more: { prefixed?: boolean; slug?: string; taken?: string[] } = {}) =>
  allocateName({ kind, name: own, serverSlug: more.slug ?? "jira", prefixed: more.prefixed ?? false }, taken(kind, ...(more.taken ?? [])));
const long = "a".repeat(60);

describe("a tool's name", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, string, Parameters<typeof name>[2], string]>([
    ["stays bare when it is free",               "search",      {},                                        "search"],
    ["keeps its capitals",                       "getIssue",    {},                                        "getIssue"],
    ["gets the slug when the server is prefixed", "search",     { prefixed: true },                        "jira_search"],
    ["keeps the slug's hyphen",                  "search",      { prefixed: true, slug: "my-jira" },       "my-jira_search"],
    ["gets the slug on a clash",                 "search",      { taken: ["search"] },                     "jira_search"],
    ["clashes after case folding",               "Search",      { taken: ["sEARCH"] },                     "jira_Search"],
    ["turns what clients refuse into `_`",       "a.b/c d",     {},                                        "a_b_c_d"],
    ["never begins with `portal_`",              "portal_list", {},                                        "jira_portal_list"],
    ["… in any case",                            "Portal_list", {},                                        "jira_Portal_list"],
    ["… not even with the slug `portal`",        "list",        { prefixed: true, slug: "portal" },        "portal-list"],
    ["is no name that every object has",         "constructor", {},                                        "jira_constructor"],
    ["is not `__proto__`",                       "__proto__",   {},                                        "jira___proto__"],
    ["may be 48 characters",                     "b".repeat(48), {},                                       "b".repeat(48)],
  ])("%s", (_promise, own, more, expected) => expect(name("tool", own, more)).toBe(expected));

  test.each([long, "b".repeat(49), "日本語", "!!!", `${long}.${long}`])("%j becomes short, safe and the same each time", (own) => {
    const [first, again] = [name("tool", own), name("tool", own)];
    expect(first).toBe(again);
    expect(first).toMatch(/^[A-Za-z0-9_-]{1,48}$/);
    expect(first).toMatch(/_[0-9a-f]{8}$/);
  });

  test("long names that differ late, or come from different servers, differ", () => {
    const names = [name("tool", `${long}1`), name("tool", `${long}2`), name("tool", `${long}1`, { slug: "github" })];
    expect(new Set(names).size).toBe(3);
  });

  test("when the prefixed name is taken too, a hash decides, and goes on until it is free", () => {
    const first = name("tool", "search", { taken: ["search", "jira_search"] });
    expect(first).toMatch(/^jira_search_[0-9a-f]{8}$/);
    const second = name("tool", "search", { taken: ["search", "jira_search", first] });
    expect(second).toMatch(/^jira_search_[0-9a-f]{8}$/);
    expect(second).not.toBe(first);
  });

  test("a prompt of the same name is no clash", () => {
    expect(allocateName({ kind: "tool", name: "search", serverSlug: "jira", prefixed: false }, taken("prompt", "search"))).toBe("search");
  });
});

describe("a resource's or template's URI", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, CapabilityKind, string, string[], string]>([
    ["stays when it is unique",    "resource", "file:///a b", [],                          "file:///a b"],
    ["is wrapped on a collision",  "resource", "file:///a",  ["FILE:///a"],                "gatehouse+jira:file:///a"],
    ["stays `ui://` as `ui://`",   "resource", "ui://chart/x", ["ui://chart/x"],           "ui://jira/chart/x"],
    ["stays `ui://` as a template", "template", "ui://{app}/x", ["ui://{app}/x"],         "ui://jira/{app}/x"],
    ["is wrapped without a scheme", "resource", "/etc/x",     ["/etc/x"],                   "gatehouse+jira:/etc/x"],
    ["is wrapped with its host",    "resource", "https://X.test:443/a/../b?q#f", ["https://x.test:443/a/../b?q#f"], "gatehouse+jira:https://X.test:443/a/../b?q#f"],
    ["keeps a template's braces",  "template", "db://{table}", ["db://{table}"],           "gatehouse+jira:db://{table}"],
  ])("%s", (_promise, kind, uri, others, expected) => expect(name(kind, uri, { taken: others })).toBe(expected));

  // biome-ignore format: a table reads best as a table
  test.each<[string, CapabilityKind, string, { kind: CapabilityKind; exposedName: string }, boolean]>([
    ["a URI that another's template answers for",   "resource", "file:///a/b",        { kind: "template", exposedName: "file:///{+path}" },   true],
    ["a template that takes another's resource",    "template", "file:///{+path}",    { kind: "resource", exposedName: "file:///a/b" },       true],
    ["a template with other names for its variables", "template", "db://{table}/{id}", { kind: "template", exposedName: "db://{t}/{row}" },    true],
    ["a template inside a wider one",               "template", "db://{table}",       { kind: "template", exposedName: "db://{+anything}" },  true],
    ["a URI that no template of others reaches",    "resource", "file:///a/b",        { kind: "template", exposedName: "file:///{name}" },    false],
    ["a template of another shape",                 "template", "db://{t}/rows/{id}", { kind: "template", exposedName: "db://{t}/cols/{c}" }, false],
    ["a tool of the same name",                     "resource", "file:///a/b",        { kind: "tool", exposedName: "file:///a/b" },           false],
  ])("%s", (_promise, kind, uri, other, isTaken) => {
    const names = allocateNames({ slug: "jira", prefixed: false }, [{ id: "1", kind, name: uri }], new Set(), [other]);
    expect(names.get("1")).toBe(isTaken ? `gatehouse+jira:${uri}` : uri);
  });

  test("survives what URL parsers do to it", () => {
    for (const own of ["file:///a/../b", "https://X.test:443/A?q#f", "custom:a b"]) expect(new URL(`gatehouse+jira:${own}`).href).toBe(`gatehouse+jira:${own}`);
  });

  test("is not touched by a prefix", () => expect(name("resource", "file:///a", { prefixed: true })).toBe("file:///a"));

  test("finds a free one even when the rewritten URI is taken", () => {
    const uri = name("resource", "file:///a", { taken: ["file:///a", "gatehouse+jira:file:///a"] });
    expect(uri).toMatch(/^gatehouse\+jira-[0-9a-f]{8}:file:\/\/\/a$/);
  });
});

describe("the names of one server", () => {
  const tool = (own: string) => ({ id: own, kind: "tool" as const, name: own });

  test("an unaltered name goes before one that is altered into the same, whatever the order", () => {
    for (const order of [
      ["a.b", "a_b"],
      ["a_b", "a.b"],
    ]) {
      const names = allocateNames({ slug: "jira", prefixed: false }, order.map(tool), new Set());
      expect(names.get("a_b")).toBe("a_b");
      expect(names.get("a.b")).toBe("jira_a_b");
    }
  });

  test("two names that differ only in case get two names", () => {
    const names = allocateNames({ slug: "jira", prefixed: true }, [tool("get"), tool("GET")], new Set());
    expect(new Set([...names.values()].map((value) => value.toLowerCase())).size).toBe(2);
  });

  test("2,000 of them are unique", () => {
    const names = allocateNames(
      { slug: "jira", prefixed: true },
      Array.from({ length: 2_000 }, (_, i) => tool(`${long}.${i}`)),
      new Set(),
    );
    expect(new Set(names.values()).size).toBe(2_000);
  });

  test("a prefix is needed for a clash of tools or prompts, not of URIs", () => {
    expect(needsPrefix([tool("Search")], taken("tool", "search"))).toBe(true);
    expect(needsPrefix([tool("search")], taken("prompt", "search"))).toBe(false);
    expect(needsPrefix([{ id: "1", kind: "resource", name: "a://b" }], taken("resource", "a://b"))).toBe(false);
  });
});

test.each<[CapabilityKind, string, boolean]>([
  ["tool", "find_issue", true],
  ["tool", "find issue", false],
  ["tool", "", false],
  ["tool", "portal_x", false],
  ["prompt", "toString", false],
  ["tool", "a".repeat(49), false],
])("a chosen %s name %j: %s", (kind, chosen, ok) => expect(nameProblem(kind, chosen) === null).toBe(ok));
