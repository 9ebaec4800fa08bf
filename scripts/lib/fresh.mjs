import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, step } from "./run.mjs";

const root = join(import.meta.dirname, "..", "..");
const buildStamp = join(root, "dist", ".gatehouse-build");
const built = [
  "app",
  "components",
  "lib",
  "drizzle",
  "public",
  "server.ts",
  "instrumentation.ts",
  "proxy.ts",
  "next.config.ts",
  "postcss.config.mjs",
  "tsconfig.json",
  "package-lock.json",
];

/** Installs when node_modules is missing or was installed for another lockfile. */
export const ensureInstalled = () => install(root, "Installing packages");

/** The real clients and servers that the tests run; a folder of their own, so that serving does not need them. */
export const ensureClients = () => install(join(root, "tests", "clients"), "Installing test clients");

async function install(folder, name) {
  const stamp = join(folder, "node_modules", ".gatehouse-lock");
  const wanted = digest([join(folder, "package-lock.json")]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  // The lock names the binaries of the platform it was written on only, which `npm ci` refuses; without saving, `install` follows it as strictly.
  await step(name, () => run("npm", ["install", "--no-save", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder }));
  writeFileSync(stamp, wanted);
}

/** Builds pages and server when a source file changed since the last build. */
export async function ensureBuilt() {
  const wanted = digest(built.map((name) => join(root, name)));
  if (existsSync(buildStamp) && readFileSync(buildStamp, "utf8") === wanted && existsSync(join(root, ".next", "BUILD_ID"))) return;
  await step("Building", () => run("node", ["scripts/build.mjs"], { cwd: root }));
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, wanted);
}

function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(filesUnder).sort()) if (!/\.test\.tsx?$/.test(path)) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest("hex");
}

function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}
