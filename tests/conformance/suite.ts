import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";

const root = resolve(import.meta.dirname, "../..");
const suite = join(root, "tests/clients/node_modules/@modelcontextprotocol/conformance");
const register = join(import.meta.dirname, "node20-register.mjs");
const timeoutMs = 5 * 60_000;
/** `--keep`: files that tell why something failed stay where they are. */
export const keepsFiles = process.argv.includes("--keep");

export const revisions = ["2025-11-25", "2026-07-28"] as const;
export type Revision = (typeof revisions)[number];
export type Leg = "server" | "client";

const checks = z.array(
  z.object({
    id: z.string(),
    description: z.string(),
    status: z.enum(["SUCCESS", "FAILURE", "WARNING", "INFO", "SKIPPED"]),
    errorMessage: z.string().optional(),
    /** What the server answered, where the suite keeps it. */
    details: z
      .looseObject({ result: z.looseObject({ content: z.unknown().optional(), resultType: z.unknown().optional() }).optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
);
export type Check = z.output<typeof checks>[number];
/** What the suite found, by scenario. */
export type Results = Map<string, Check[]>;

/** Runs the suite once and reads the result files it wrote. `heard` sees its output as it comes. */
export async function runSuite(args: string[], heard: (output: string) => void = () => {}): Promise<Results> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-conformance-"));
  try {
    const output = await runProcess([...args, "-o", folder], heard);
    const results = readResults(folder);
    if (results.size === 0) throw new Error(`the suite left no results:\n${output.slice(-2_000)}`);
    return results;
  } finally {
    if (keepsFiles) console.log(`  files of ${args[0]} ${args.at(-1)}: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

export const suiteVersion = () => z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(suite, "package.json"), "utf8"))).version;

/** The scenarios of a revision: those it requires, and those that are run but not scored. */
export function scenariosOf(revision: Revision, leg: Leg): { required: string[]; unscored: string[] } {
  const lines = readFileSync(join(suite, "requirements", `${revision}.yaml`), "utf8").split("\n");
  const sections = new Map<string, string[]>();
  let section: string[] = [];
  for (const line of lines) {
    const title = /^(\w+):\s*$/.exec(line)?.[1];
    if (title) {
      section = [];
      sections.set(title, section);
    } else if (/^\s+\S/.test(line)) section.push(line.trim());
  }
  const unscored = (sections.get("not_scored") ?? []).join("\n").matchAll(/^- scenario: (\S+)\nleg: (\w+)$/gm);
  return {
    required: (sections.get(leg) ?? []).flatMap((line) => /^- (\S+)$/.exec(line)?.[1] ?? []),
    unscored: [...unscored].flatMap(([, name, of]) => (name && of === leg ? [name] : [])),
  };
}

// A failing scenario ends the suite with 1 as well as a broken start does; the result files tell which it was.
function runProcess(args: string[], heard: (output: string) => void): Promise<string> {
  const child = spawn(process.execPath, ["--import", register, join(suite, "dist/index.js"), ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const late = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output = `${output}${chunk}`.slice(-200_000);
      heard(output);
    });
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => {
      clearTimeout(late);
      if (code === null) failed(new Error(`the suite was ended by ${signal}:\n${output.slice(-2_000)}`));
      else done(output);
    });
  });
}

function readResults(folder: string): Results {
  const results: Results = new Map();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith("checks.json")) continue;
    // <leg>-<scenario>-<time>; the client leg has no prefix, and a scenario may hold a slash.
    const scenario = dirname(file)
      .replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "")
      .replace(/^(authorization-server|server)-(?=.)/, "");
    results.set(scenario, checks.parse(JSON.parse(readFileSync(join(folder, file), "utf8"))));
  }
  return results;
}
