// Builds what `npm start` runs: the pages, and server.ts as one file for plain Node. Packages stay in node_modules.
import { join } from "node:path";
import { build } from "esbuild";
import { run } from "./lib/run.mjs";

const root = join(import.meta.dirname, "..");
const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice(7);

try {
  if (only !== "server")
    await run(join(root, "node_modules", ".bin", "next"), ["build"], { cwd: root, env: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" } });
  if (only !== "pages") await buildServer();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

function buildServer() {
  return build({
    absWorkingDir: root,
    entryPoints: ["server.ts"],
    outfile: "dist/server.mjs",
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    tsconfig: "tsconfig.json",
    logLevel: "warning",
  });
}
