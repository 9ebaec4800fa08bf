import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { withMinimum } from "./client-minimum";
import { judge } from "./judge";
import type { Section } from "./report";
import { type Results, type Revision, revisions, runSuite, scenariosOf } from "./suite";
import { timed } from "./timed";

const root = resolve(import.meta.dirname, "../..");
const entry = "tests/conformance/client.ts";
const bundle = "dist/conformance-client.mjs";
const timeoutMs = 60_000;

/** Our upstream code against the suite's own servers, one process for each scenario. */
export async function clientSections(): Promise<Section[]> {
  if (!existsSync(join(root, entry))) return revisions.map((revision) => ({ title: titleOf(revision), missing: `${entry} does not exist`, columns: [] }));
  await timed("bundling the client", bundleClient);
  const sections: Section[] = [];
  for (const revision of revisions) {
    const results = await timed(`client, ${revision}`, () => runScenarios(revision));
    const verdicts = withMinimum(revision, judge(scenariosOf(revision, "client"), results));
    sections.push({ title: titleOf(revision), columns: [{ name: "our upstream code", verdicts }] });
  }
  return sections;
}

/**
 * Exactly what the suite does for `--requirements`, but no more at once than there are processors: it starts all forty at the same
 * time, and then what fails is the machine.
 */
async function runScenarios(revision: Revision): Promise<Results> {
  const { required, unscored } = scenariosOf(revision, "client");
  const waiting = [...required, ...unscored];
  const found: Results = new Map();
  const worker = async () => {
    for (let scenario = waiting.shift(); scenario; scenario = waiting.shift()) {
      const args = ["--command", `node ${bundle}`, "--timeout", String(timeoutMs), "--spec-version", revision, "--force", "--scenario", scenario];
      for (const [name, checks] of await runSuite(["client", ...args])) found.set(name, checks);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return found;
}

const titleOf = (revision: string) => `Client, ${revision}`;

// As the server is bundled for `npm start`: forty processes that compile the same sources would take minutes.
function bundleClient() {
  return build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: bundle,
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
