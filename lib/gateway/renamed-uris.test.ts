import { expect, test } from "vitest";
import type { CapabilityKind } from "@/drizzle/schema/servers";
import { aServerView } from "@/tests/support/view";
import { buildCatalogue, findTemplate } from "./catalogue";
import { exposedUri, originalUri, renameOf } from "./renamed-uris";
import type { CapabilityView } from "./types";
import { aView } from "@/tests/support/view";

const one = (kind: CapabilityKind, name: string, exposedName = name): CapabilityView => ({ id: exposedName, kind, name, exposedName, definition: {} });
const aServer = (slug: string, capabilities: CapabilityView[], off: CapabilityView[] = []) =>
  aServerView(slug, [], { capabilities, renamed: [...capabilities, ...off].filter(({ name, exposedName }) => name !== exposedName) });

test("a server without renamed URIs has no table at all", () => {
  expect(renameOf(aServer("b", [one("resource", "a:1"), one("template", "t:{x}")]))).toBeNull();
});

test("a URI is renamed as what lists it says, else as the first template that yields it", () => {
  const rename = renameOf(
    aServer(
      "b",
      [one("resource", "t:unique"), one("template", "t:{x}", "gatehouse+b:t:{x}"), one("template", "t:{+any}"), one("resource", "r:1", "gatehouse+b:r:1")],
      [one("resource", "ui://off", "ui://b/off")],
    ),
  );
  const uris = ["t:unique", "t:7", "t:a/b", "r:1", "ui://off", "elsewhere:1"];
  expect(uris.map((uri) => rename?.(uri))).toEqual(["t:unique", "gatehouse+b:t:7", "t:a/b", "gatehouse+b:r:1", "ui://b/off", "elsewhere:1"]);
});

test.each([
  ["ui://chart/{id}", "ui://b/chart/{id}", "ui://chart/7", "ui://b/chart/7"],
  ["ui://b/x/{id}", "ui://b/b/x/{id}", "ui://b/x/7", "ui://b/b/x/7"],
  ["ui:///x/{id}", "ui://b//x/{id}", "ui:///x/7", "ui://b//x/7"],
  ["{+uri}", "gatehouse+b:{+uri}", "any:1", "gatehouse+b:any:1"],
])("%s as %s: %s ⇄ %s", (name, exposedName, mine, theirs) => {
  expect(exposedUri({ name, exposedName }, mine)).toBe(theirs);
  expect(originalUri({ name, exposedName }, theirs)).toBe(mine);
});

test("a URI under a portal's prefix is not taken by another server's wide template, and what the prefix hides is checked too", () => {
  const servers = [aServer("a", [one("template", "{+anything}")]), aServer("b", [one("template", "f:{+path}", "gatehouse+b:f:{+path}")])];
  const { served } = buildCatalogue(aView({ servers }), { email: "a@acme.test", groups: [] });
  expect(findTemplate(served.template, "gatehouse+b:f:x")).toMatchObject({ entry: { server: { slug: "b" } }, original: "f:x" });
  expect(findTemplate(served.template, "f:x")).toMatchObject({ entry: { server: { slug: "a" } }, original: "f:x" });
  expect(findTemplate(served.template, "gatehouse+b:f:a/../x")).toBeNull();
});
