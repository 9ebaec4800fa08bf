// `npm run conformance`: what the suite needs, then the suite (tests/conformance/run.ts).
import { join } from "node:path";
import { ensureBuilt, ensureClients, ensureInstalled } from "./lib/fresh.mjs";
import { run } from "./lib/run.mjs";

const root = join(import.meta.dirname, "..");
const words = process.argv.slice(2);
await ensureInstalled();
await ensureClients();
if (!words.includes("--direct")) await ensureBuilt();
try {
  await run("node", ["--import", "tsx", "tests/conformance/run.ts", ...words], { cwd: root, env: { NEXT_TELEMETRY_DISABLED: "1" }, show: true });
} catch {
  // It has said what is wrong.
  process.exit(1);
}
