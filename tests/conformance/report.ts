import type { Verdict } from "./judge";

export type Column = { name: string; verdicts: Verdict[] };
/** One table: a scenario a line, a way of running it a column. `missing` says why there is none. */
export type Section = { title: string; columns: Column[]; missing?: string };

/** The page that the script writes; nobody else does. */
export function document(sections: readonly Section[], facts: { date: string; suite: string; node: string }): string {
  return `# Conformance

Written by \`npm run conformance\` on ${facts.date}; changes by hand are lost. Suite: \`@modelcontextprotocol/conformance\` ${facts.suite}, pinned in \`tests/clients\`, on Node ${facts.node}.

Run it with \`npm run conformance\` (everything, and this page), \`npm run conformance -- server\`, \`client\` or \`authorization\` (one mode), \`-- --quick\` (server mode on the fast lane), \`-- --direct\` (the fixture alone).

Server mode stands in front of a portal that has two servers behind it, one of them our conformance fixture (\`tests/conformance/fixture\`). The product is the built one with an embedded database, each request carries a token from the
authorization-code flow, and each mount is measured. A number is *passed / made checks*; ✗ marks a fault. **Required** is what the revision requires. **Wanted** is not scored, but the fixture passes it by itself, so the portal has to as well.
A scenario without checks is a fault, and so is one that leaves out a check which the fixture alone gets, or that passes with another answer than the fixture's.

${sections.map(sectionText).join("\n")}`;
}

function sectionText({ title, columns, missing }: Section): string {
  if (missing) return `## ${title}\n\nNot run: ${missing}.\n`;
  const scenarios = columns[0]?.verdicts ?? [];
  const head = `| scenario | | ${columns.map(({ name }) => name).join(" | ")} |\n|---|---|${columns.map(() => "---").join("|")}|`;
  const lines = scenarios.map(({ scenario, kind }, i) => `| ${scenario} | ${kind} | ${columns.map(({ verdicts }) => cell(verdicts[i])).join(" | ")} |`);
  return `## ${title}\n\n${columns.map(totals).join("\n")}\n\n${head}\n${lines.join("\n")}\n${faults(columns)}`;
}

/** What a column came to, in one line. */
export function totals({ name, verdicts }: Column): string {
  const parts = (["required", "wanted", "reported"] as const).flatMap((kind) => {
    const of = verdicts.filter((verdict) => verdict.kind === kind);
    return of.length > 0 ? [`${of.filter(({ fault }) => fault === null).length} of ${of.length} ${kind}`] : [];
  });
  const sum = (key: "passed" | "total" | "warnings") => verdicts.reduce((all, verdict) => all + verdict[key], 0);
  return `- ${name}: ${parts.join(", ")}; ${sum("passed")} of ${sum("total")} checks, ${sum("warnings")} warnings`;
}

function cell(verdict: Verdict | undefined): string {
  if (!verdict) return "–";
  const { passed, total, warnings, fault } = verdict;
  return `${passed}/${total}${warnings > 0 ? `, ${warnings} warned` : ""}${fault === null ? "" : " ✗"}`;
}

// The reported ones are extensions that we do not offer; their failures would fill the page and tell nothing.
function faults(columns: readonly Column[]): string {
  const lines = columns.flatMap(({ name, verdicts }) =>
    verdicts
      .filter(({ kind, fault, failures }) => kind !== "reported" && (fault !== null || failures.length > 0))
      .map(({ scenario, fault, failures }) => `- ${name}, ${scenario}${fault ? ` (${fault})` : ""}${failures.map((failure) => `\n  - ${failure}`).join("")}`),
  );
  return lines.length > 0 ? `\nFaults and warnings:\n\n${lines.join("\n")}\n` : "";
}
