// The one command that tests: `npm test`, or with --full what takes longer as well. Ends with one line that counts the parts.
import { join } from "node:path";
import { findBrowser } from "./lib/browser.mjs";
import { ensureBuilt, ensureClients, ensureInstalled } from "./lib/fresh.mjs";
import { run, seconds } from "./lib/run.mjs";

const root = join(import.meta.dirname, "..");
const full = process.argv.includes("--full");
const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice(7);
/** What the soak takes for itself, such as `--minutes=2` or `--form=alone`. */
const soakWords = process.argv.filter((arg) => /^--(minutes|form|log|rate|seed)=/.test(arg));
const bin = (name) => join(root, "node_modules", ".bin", name);
const env = { NEXT_TELEMETRY_DISABLED: "1" };
let postgres;
let neon;

const parts = [
  ["build", () => ensureBuilt()],
  ["lint", () => run(bin("biome"), ["check", "."], { cwd: root })],
  ["types", () => run(bin("tsc"), ["--noEmit"], { cwd: root })],
  ["unit and protocol (PGlite)", () => vitest()],
  [
    "data (PostgreSQL)",
    async () => vitest({ TEST_DATABASE_URL: (await startedPostgres()).url }, ["lib", "tests", ...withoutData.map((glob) => `--exclude=${glob}`)]),
  ],
  [
    "data (Neon's driver)",
    async () =>
      vitest({ TEST_DATABASE_URL: (await startedPostgres()).url, TEST_NEON_WS_PROXY: (await startedNeon()).proxy }, [
        "lib/db",
        "lib/orgs",
        "lib/activity",
        // It takes longer, and PostgreSQL has said the same above.
        ...(full ? ["tests/oauth"] : []),
      ]),
  ],
  ["conformance (through a portal)", () => conformance("--quick")],
  ["story, connections, pages and clients (browser)", async () => playwright(["story", "connections", "pages"])],
  ...(full
    ? [
        ["conformance (both mounts, client, authorization server)", () => conformance()],
        ["service tokens, notices, pages in the other looks (browser)", async () => playwright(["service-tokens", "notices", "pages-full"])],
        ["five clients sign in and call (browser)", () => fiveClients()],
        ["real servers from npm", async () => realServers()],
        ["the bench measures (PostgreSQL)", () => run("node", ["tests/full/bench-smoke.mjs"], { cwd: root, env, show: true })],
        [
          "several processes (instances, lane), and one without its database",
          async () =>
            vitest({ TEST_DATABASE_URL: (await startedPostgres()).url }, [
              ...["--config", "tests/full/vitest.config.mjs"],
              ...["instances", "lane", "database-away"].map((name) => `tests/full/${name}.test.ts`),
            ]),
        ],
        ["kill rounds (PGlite, spool)", () => run("node", ["--import", "tsx", "tests/full/kill-rounds.ts"], { cwd: root, env, show: true })],
        ["kill rounds (PostgreSQL, spool)", () => onPostgres("kill-rounds", "--log=spool")],
        ["kill rounds (PostgreSQL, commit, lane)", () => onPostgres("kill-rounds", "--lane")],
        ["soak (PostgreSQL, lane)", () => run("node", ["--import", "tsx", "tests/full/soak.ts", ...soakWords], { cwd: root, env, show: true })],
        ["races for codes and tokens (two instances)", () => onPostgres("oauth-races")],
        ["renewals of an account at a server (two instances)", () => onPostgres("upstream-renewals")],
      ]
    : []),
];

/** What speaks protocol only, or has an embedded database of its own: another database shows nothing new there. */
const withoutData = [
  ...["upstream-*", "matrix*", "fidelity", "renamed-uris", "bad-input", "server", "kill-restart", "large-*", "open-streams", "shutdown", "slow-reader"].map(
    (name) => `tests/mcp/${name}.test.ts`,
  ),
  ...["lib/mcp/**", "lib/egress/**", "tests/doctor/**"],
];

const vitest = (more = {}, filters = []) =>
  run(bin("vitest"), ["run", "--reporter=default", "--silent=passed-only", ...filters], { cwd: root, env: { ...env, NO_COLOR: "1", ...more }, show: true });

async function realServers() {
  await ensureClients();
  await vitest({}, ["--config", "tests/full/vitest.config.mjs", "tests/full/real-servers.test.ts"]);
}

async function fiveClients() {
  await ensureClients();
  const CHROMIUM_PATH = await findBrowser();
  await run("node", ["--import", "tsx", "tests/full/five-clients.ts"], { cwd: root, env: { ...env, CHROMIUM_PATH }, show: true });
}

async function onPostgres(name, ...words) {
  const TEST_DATABASE_URL = (await startedPostgres()).url;
  await run("node", ["--import", "tsx", `tests/full/${name}.ts`, ...words], { cwd: root, env: { ...env, TEST_DATABASE_URL }, show: true });
}

async function conformance(...words) {
  await ensureClients();
  await run("node", ["--import", "tsx", "tests/conformance/run.ts", ...words], { cwd: root, env, show: true });
}

async function playwright(projects) {
  await ensureClients();
  const CHROMIUM_PATH = await findBrowser();
  const { url } = await startedPostgres();
  await run(bin("playwright"), ["test", ...projects.map((name) => `--project=${name}`)], {
    cwd: root,
    env: { ...env, CHROMIUM_PATH, TEST_DATABASE_URL: url },
    show: true,
  });
}

async function startedPostgres() {
  // Imported late: before the install there is nothing to import.
  const { startPostgres } = await import("./lib/postgres.mjs");
  postgres ??= await startPostgres();
  return postgres;
}

async function startedNeon() {
  const { bridge } = await import("./lib/neon-bridge.mjs");
  neon ??= await bridge((await startedPostgres()).port);
  return neon;
}

let passed = 0;
let failed = 0;
await ensureInstalled();
const chosen = parts.filter(([name]) => !only || name.includes(only));
for (const [name, part] of chosen) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  try {
    await part();
    passed++;
    console.log(`── ${name}: passed in ${seconds(started)}`);
  } catch (error) {
    failed++;
    console.log(`${error.message}\n── ${name}: failed after ${seconds(started)}`);
  }
}
neon?.close();
await postgres?.stop();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
