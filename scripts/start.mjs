// The one command that serves: installs and builds what is missing, then hands over to the built server.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled } from "./lib/fresh.mjs";

const root = join(import.meta.dirname, "..");
try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const server = spawn(process.execPath, ["--enable-source-maps", "dist/server.mjs", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, NODE_ENV: "production" },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, () => server.kill(signal));
server.on("close", (code) => process.exit(code ?? 1));
