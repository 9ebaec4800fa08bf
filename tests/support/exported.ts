import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const lib = join(import.meta.dirname, "..", "..", "lib");

/** Every exported function of lib/ whose first parameter is an organization's context, as `room/file name`. */
export function tenantFunctions(): string[] {
  return readdirSync(lib, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const room = path.slice(lib.length + 1, -3);
      const found = readFileSync(path, "utf8").matchAll(
        /^export (?:async function|function|const) (\w+)(?:<[^>]*>)?(?: = (?:async )?)?\(\s*_?ctx: OrgContext\b/gm,
      );
      return [...found].map(([, name]) => `${room} ${name}`);
    })
    .sort();
}
