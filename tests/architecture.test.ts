import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { table, violations } from "./support/architecture-rules";
import type { SourceFile } from "./support/import-rules";

const root = join(import.meta.dirname, "..");

function shipped(): SourceFile[] {
  const folders = ["app", "components", "lib", "drizzle/schema"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  const alone = readdirSync(root).filter((name) => /^(server|proxy|instrumentation)\.ts$/.test(name));
  return [...folders, ...alone]
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map((path) => ({ path, source: readFileSync(join(root, path), "utf8") }));
}

const file = (path: string, source: string): SourceFile => ({ path, source });

describe("who may import whom", () => {
  test("everything that ships keeps to the table", () => {
    const files = shipped();
    expect(files.length).toBeGreaterThan(100);
    expect(violations(files)).toEqual([]);
  });

  test("every line of the table names rooms that have a line", () => {
    for (const allowed of Object.values(table)) for (const room of allowed) expect(room === "lib/*" || room in table, room).toBe(true);
  });

  test.each<[string, SourceFile[], RegExp]>([
    [
      "an import outside the table",
      [file("lib/crypto/a.ts", 'import { b } from "@/lib/orgs/b";'), file("lib/orgs/b.ts", "export const b = 1;")],
      /lib\/crypto ↛ lib\/orgs/,
    ],
    ["an export from outside the table", [file("lib/mail/a.ts", 'export { b } from "../orgs/b";'), file("lib/orgs/b.ts", "")], /lib\/mail ↛ lib\/orgs/],
    ["an import that waits", [file("lib/mail/a.ts", 'const b = await import("@/lib/orgs/b");'), file("lib/orgs/b.ts", "")], /lib\/mail ↛ lib\/orgs/],
    [
      "an import over several lines",
      [file("lib/mail/a.ts", 'import {\n  b,\n  type C,\n} from "@/lib/orgs/b";'), file("lib/orgs/b.ts", "")],
      /lib\/mail ↛ lib\/orgs/,
    ],
    ["a room without a line", [file("lib/helpers/a.ts", "")], /room lib\/helpers/],
    [
      "a cycle",
      [file("lib/ids.ts", 'import "./limits";'), file("lib/limits.ts", 'import { x } from "./ids";')],
      /cycle: lib\/ids.ts → lib\/limits.ts → lib\/ids.ts/,
    ],
    ["the environment", [file("lib/orgs/a.ts", "const { PORT } = process.env;")], /process\.env/],
    ["fetch", [file("lib/orgs/a.ts", 'await fetch("https://acme.test");')], /fetches/],
    ["fetch of another host without a scheme", [file("components/a.tsx", 'fetch("//acme.test");')], /fetches/],
    ["Node's http", [file("lib/orgs/a.ts", 'import { request } from "node:https";')], /lib\/egress only/],
    ["undici outside egress", [file("lib/oauth/a.ts", 'import { Agent } from "undici";')], /lib\/egress only/],
    ["the SDK outside lib/mcp", [file("lib/servers/a.ts", 'import { Client } from "@modelcontextprotocol/client";')], /SDK/],
    ["server-only where the bundled server goes", [file("lib/orgs/queries.ts", 'import "server-only";')], /server-only/],
    ["Next.js inside lib", [file("lib/orgs/queries.ts", 'import { headers } from "next/headers";')], /no framework/],
    [
      "a component that loads",
      [file("components/orgs/a.tsx", 'import { list } from "@/lib/orgs/queries";'), file("lib/orgs/queries.ts", "")],
      /components load nothing/,
    ],
    ["a component with SQL", [file("components/orgs/a.tsx", 'import { sql } from "drizzle-orm";')], /components load nothing/],
    ["a gateway with a database", [file("lib/gateway/a.ts", 'import { database } from "@/lib/db";'), file("lib/db/index.ts", "")], /it is pure/],
    [
      "a client component that reaches the server by a detour",
      [
        file("components/a.tsx", '"use client";\nimport { b } from "@/lib/orgs/b";'),
        file("lib/orgs/b.ts", 'import { c } from "./c";'),
        file("lib/orgs/c.ts", 'import { readFileSync } from "node:fs";'),
      ],
      /client component reaches the server: components\/a.tsx → lib\/orgs\/b.ts → lib\/orgs\/c.ts → node:fs/,
    ],
    [
      "a bundled server that reaches page-side code",
      [file("server.ts", 'import { a } from "@/lib/form";'), file("lib/form.ts", 'import "server-only";')],
      /server.ts reaches page-side code/,
    ],
  ])("%s is noticed", (_, files, message) => {
    expect(violations(files).join("\n")).toMatch(message);
  });

  test.each<[string, SourceFile[]]>([
    ["types", [file("lib/crypto/a.ts", 'import type { B } from "@/lib/orgs/b";\nimport { type C } from "@/lib/orgs/b";'), file("lib/orgs/b.ts", "")]],
    [
      "an action in a client component",
      [
        file("components/a.tsx", '"use client";\nimport { go } from "@/lib/orgs/actions";'),
        file("lib/orgs/actions.ts", '"use server";\nimport "server-only";'),
      ],
    ],
    ["a question to one's own origin", [file("components/a.tsx", 'fetch("/api/slug?slug=" + slug);')]],
    ["words in comments", [file("lib/orgs/a.ts", '// process.env is read elsewhere, fetch(x) too\n/* import { x } from "undici"; */')]],
  ])("%s may pass", (_, files) => {
    expect(violations(files)).toEqual([]);
  });
});
