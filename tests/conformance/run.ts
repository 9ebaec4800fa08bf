// Runs the official conformance suite: `server`, `client`, `authorization`, all three without a word. `--quick` is server mode on the
// fast lane, `--direct` the fixture alone; `--keep` leaves the suite's own files where they are. A run of everything writes docs/conformance.md.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { authorizationSection } from "./authorization-mode";
import { clientSections } from "./client-mode";
import { holds } from "./judge";
import { document, type Section, totals } from "./report";
import { directSections, serverSections } from "./server-mode";
import { aStage, type Stage } from "./stage";
import { suiteVersion } from "./suite";

const modes = ["server", "client", "authorization"];
const words = process.argv.slice(2).filter((word) => word !== "--keep");
const unknown = words.find((word) => ![...modes, "--quick", "--direct"].includes(word));
if (unknown) throw new Error(`\`${unknown}\` is not known; say ${modes.join(", ")}, --quick, --direct or --keep`);
const chosen = words.filter((word) => modes.includes(word));
const all = words.length === 0;

const started = Date.now();
const sections = words.includes("--direct") ? await directSections() : await sectionsOf(words.includes("--quick") ? ["server"] : all ? modes : chosen);
for (const section of sections) print(section);
const faulty = sections.filter(({ columns }) => columns.some(({ verdicts }) => !holds(verdicts)));
// Somebody who asks for a mode by name has to get it.
const absent = sections.filter(({ missing }) => missing && !all);
if (all) {
  const facts = { date: new Date().toISOString().slice(0, 10), suite: suiteVersion(), node: process.version };
  writeFileSync(join(resolve(import.meta.dirname, "../.."), "docs", "conformance.md"), document(sections, facts));
}
console.log(
  `\n${sections.length - faulty.length - absent.length} of ${sections.length} tables without a fault, ${((Date.now() - started) / 1000).toFixed(0)} s`,
);
process.exit(faulty.length + absent.length === 0 ? 0 : 1);

async function sectionsOf(wanted: string[]): Promise<Section[]> {
  const mounts = words.includes("--quick") ? (["fast lane"] as const) : (["fast lane", "route handler"] as const);
  const done: Section[] = [];
  if (wanted.some((mode) => mode !== "client")) {
    done.push(
      ...(await withStage(async (stage) => [
        ...(wanted.includes("server") ? await serverSections(stage, mounts) : []),
        ...(wanted.includes("authorization") ? [await authorizationSection(stage)] : []),
      ])),
    );
  }
  if (wanted.includes("client")) done.push(...(await clientSections()));
  return done;
}

async function withStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await aStage();
  try {
    return await work(stage);
  } finally {
    await stage.close();
  }
}

function print({ title, columns, missing }: Section): void {
  console.log(`\n${title}${missing ? `: not run, ${missing}` : ""}`);
  for (const column of columns) {
    console.log(totals(column));
    for (const { scenario, kind, fault, passed, total, failures } of column.verdicts) {
      if (fault !== null) console.log(`    ✗ ${scenario} (${kind}): ${passed}/${total}, ${fault}`);
      else if (failures.length > 0) console.log(`    ! ${scenario} (${kind}): ${passed}/${total}, with warnings`);
      if (kind !== "reported") for (const failure of failures) console.log(`        ${failure}`);
    }
  }
}
