import { expect, test } from "vitest";
import { buildCatalogue } from "@/lib/gateway/catalogue";
import { aServerView, aView } from "@/tests/support/view";
import { discoverResult, initializeResult } from "./handshake";

const nobody = [{ id: "pol_1", name: "Nobody", action: "block" as const, include: [{ kind: "everyone" as const }], require: [], exclude: [] }];
const instructionsOf = (view: ReturnType<typeof aView>) => {
  const catalogue = buildCatalogue(view, { email: "a@acme.test", groups: [] });
  const [old, current] = [initializeResult(view, catalogue, {}), discoverResult(view, catalogue)];
  expect(old.instructions).toBe(current.instructions);
  return current.instructions;
};

test("the portal's own instructions come first, then each server's under its name, in the portal's order", () => {
  const servers = [
    aServerView("wiki", ["a"], { name: "Wiki", instructions: " Search first.\n" }),
    aServerView("jira", ["b"], { name: "Jira", instructions: "Use keys." }),
  ];
  expect(instructionsOf(aView({ portal: { instructions: "Be brief." }, servers }))).toBe("Be brief.\n\n# Wiki\nSearch first.\n\n# Jira\nUse keys.");
});

test("a server that gives this person nothing says nothing to them: forbidden, or with everything switched off", () => {
  const servers = [
    aServerView("wiki", ["a"], { instructions: "Search first." }),
    aServerView("hidden", ["b"], { instructions: "The secret handshake.", policies: nobody }),
    aServerView("empty", [], { instructions: "Nothing is on here." }),
  ];
  expect(instructionsOf(aView({ servers }))).toBe("# wiki\nSearch first.");
});

test("where nobody has anything to say there is no member, and there is a limit to all of it", () => {
  expect(instructionsOf(aView())).toBeUndefined();
  const servers = Array.from({ length: 10 }, (_, i) => aServerView(`s${i}`, [`t${i}`], { instructions: "x".repeat(8_000) }));
  expect(String(instructionsOf(aView({ servers })))).toHaveLength(16_384);
});
