import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { singleton, singletonNames } from "@/lib/singleton";

const root = join(import.meta.dirname, "..");

test("another copy of the module shares the same values, as Next's bundles need", async () => {
  const value = { made: "here" };
  singleton("test-shared", () => value);
  // A query makes the module system load the file anew, which is what each bundle does.
  const copy: typeof import("@/lib/singleton") = await import(/* @vite-ignore */ `${join(root, "lib", "singleton.ts")}?copy`);
  expect(copy.singleton).not.toBe(singleton);
  expect(copy.singleton("test-shared", () => ({ made: "elsewhere" }))).toBe(value);
  expect(copy.singletonNames()).toContain("test-shared");
  copy.forget("test-shared");
  expect(singletonNames()).not.toContain("test-shared");
});

test("each process-wide value has one name in one module", () => {
  const uses = sources("lib").flatMap((path) => [...readFileSync(path, "utf8").matchAll(/\bsingleton(?:<.*>)?\(\s*["']([^"']+)["']/g)].map(([, name]) => name));
  expect(uses).toEqual([...new Set(uses)]);
  expect(uses).toEqual(expect.arrayContaining(["database", "endpoint", "env", "instance", "lifecycle", "upkeep"]));
});

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(root, folder, name));
}
