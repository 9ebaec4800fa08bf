// Development: pages from source with reloading, the same server around them.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled } from "./lib/fresh.mjs";

const root = join(import.meta.dirname, "..");
try {
  await ensureInstalled();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const env = { ...process.env, NODE_ENV: "development", NEXT_TELEMETRY_DISABLED: "1" };
const server = spawn(process.execPath, ["--import", "tsx", "server.ts", "--dev", ...process.argv.slice(2)], { cwd: root, stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
server.on("close", (code) => process.exit(code ?? 1));
