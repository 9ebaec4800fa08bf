import { describe, expect, test } from "vitest";
import { buildCatalogue } from "@/lib/gateway/catalogue";
import type { Caller } from "@/lib/gateway/ports";
import { createHash } from "node:crypto";
import type { CapabilityView, ServerView } from "@/lib/gateway/types";
import { aServerView, aToolView, aView } from "@/tests/support/view";
import { listPage } from "./lists";

/** A caller whose portal offers these tools; only what a list reads of it. */
const aCaller = (names: readonly string[]) => callerOf(aServerView("jira", [...names]));

function callerOf(...servers: ServerView[]): Caller {
  const view = aView({ portal: { portalTools: false }, servers });
  const access = { allowed: true, policyId: null, policyName: null, by: "portal" as const };
  const who = { grantId: "gnt_1", id: "per_1", personId: "per_1", email: "a@acme.test", clientId: "cli_1", clientName: "Test", ip: "" };
  return { ...who, access, view, catalogue: buildCatalogue(view, { email: "a@acme.test", groups: [] }), context: "full" };
}

function read(caller: Caller, cursor?: string): { names: string[]; next: string | undefined } | null {
  const page = listPage(caller, "tools/list", cursor === undefined ? {} : { cursor });
  if (page === null) return null;
  const { tools, nextCursor } = JSON.parse(`{${page.join("")}}`) as { tools: { name: string }[]; nextCursor?: string };
  return { names: tools.map(({ name }) => name), next: nextCursor };
}

function readAll(caller: Caller, cursor?: string): string[] {
  const found: string[] = [];
  for (let pages = 0, next = cursor; pages < 10; pages++) {
    const page = read(caller, next);
    found.push(...(page?.names ?? []));
    if (!page?.next) break;
    next = page.next;
  }
  return found;
}

const names = Array.from({ length: 2_500 }, (_, i) => `tool_${i}`);
const first = read(aCaller(names));
const cursor = first?.next ?? "";

describe("a list in pages", () => {
  test("holds everything once, in order", () => {
    expect(first?.names).toEqual(names.slice(0, 1_000));
    expect(readAll(aCaller(names))).toEqual(names);
  });

  test("a list that just fills its page has no next one", () => {
    expect(read(aCaller(names.slice(0, 1_000)))?.next).toBeUndefined();
  });
});

describe("a cursor given out before an admin changed the list", () => {
  test.each([
    ["entries went before it", names.slice(300), names.slice(1_000)],
    ["entries came before it", ["new_a", "new_b", ...names], names.slice(1_000)],
    ["entries went behind it", names.slice(0, 1_700), names.slice(1_000, 1_700)],
    ["everything behind it went", names.slice(0, 1_000), []],
    ["entries moved around it", [...names.slice(2_000), ...names.slice(0, 2_000)], names.slice(1_000, 2_000)],
  ])("goes on behind the last entry that the client has: %s", (_, now, rest) => {
    expect(readAll(aCaller(now), cursor)).toEqual(rest);
  });

  test("is refused when just that entry is gone, so that nothing is skipped in silence", () => {
    expect(read(aCaller(names.filter((name) => name !== "tool_999")), cursor)).toBeNull();
  });
});

test.each([
  ["another list's", read(aCaller(names.map((name) => `other_${name}`)))?.next ?? ""],
  ["a made-up name's", Buffer.from("after 3 AAAAAAAAAAAAAAAA").toString("base64url")],
  ["one without a name", Buffer.from("after 3").toString("base64url")],
  ["one that is padded", `${cursor}=`],
  ["one of a place nobody reached", Buffer.from(`after 0${Buffer.from(cursor, "base64url").toString().slice(6)}`).toString("base64url")],
  ["nonsense", "x"],
  ["too long", "A".repeat(10_000)],
])("%s cursor is none", (_, forged) => {
  expect(forged).not.toBe("");
  expect(read(aCaller(names), forged)).toBeNull();
});

describe("a list that follows another", () => {
  const aTool = (i: number, description = "does ".repeat(200)): CapabilityView => {
    const name = `tool_${i}`;
    return { ...aToolView(name, { description }), fingerprint: createHash("sha256").update(`${name} ${description}`).digest("base64url") };
  };
  const tools = Array.from({ length: 600 }, (_, i) => aTool(i));
  const offering = (capabilities: CapabilityView[], more: Partial<ServerView> = {}) => callerOf(aServerView("jira", [], { capabilities, ...more }));
  const page = (caller: Caller) => listPage(caller, "tools/list", {}) ?? [];
  const shown = (caller: Caller) =>
    (JSON.parse(`{${page(caller).join("")}}`) as { tools: { description: string }[] }).tools.map(({ description }) => description);
  const descriptions = (capabilities: CapabilityView[]) => capabilities.map(({ definition }) => definition.description);
  const before = new Set(page(offering(tools)));

  test.each([
    ["without one", tools.filter((_, i) => i !== 300)],
    ["with one more", [...tools.slice(0, 300), aTool(1_000), ...tools.slice(300)]],
    ["with one that changed", tools.map((tool, i) => (i === 300 ? aTool(i, "does something else") : tool))],
    ["in another order", [...tools.slice(300), ...tools.slice(0, 300)]],
  ])("%s says what is so now, and keeps the bytes of all but its neighbours", (_, now) => {
    const caller = offering(now);
    expect(shown(caller)).toEqual(descriptions(now));
    const bytes = page(caller).filter((piece) => typeof piece !== "string");
    const anew = bytes.filter((piece) => !before.has(piece));
    expect(bytes.length).toBeGreaterThan(8);
    expect(anew.length).toBeLessThanOrEqual(4);
  });

  test("keeps nothing of a server whose URIs are renamed, since those stand in its tools as well", () => {
    const [first, second] = ["ui://one", "ui://two"].map((exposedName) =>
      offering([{ ...aTool(1), definition: { ...aTool(1).definition, _meta: { ui: { resourceUri: "ui://x" } } } }], {
        renamed: [{ kind: "resource", name: "ui://x", exposedName }],
      }),
    );
    expect(
      [first, second].map((caller) =>
        page(caller as Caller)
          .join("")
          .includes("ui://x"),
      ),
    ).toEqual([false, false]);
    expect(page(first as Caller).join("")).not.toEqual(page(second as Caller).join(""));
  });
});
