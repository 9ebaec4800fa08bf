import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./processes.mjs";

const spool = { CALL_LOG: "spool" };
const commit = { CALL_LOG: "commit" };

/** What is compared, by name: on which database, with which mount, recording calls in which way. `direct` is the upstream itself. */
export const targets = {
  direct: null,
  "pg-commit": { door: "pg", args: [], env: commit },
  "pg-spool": { door: "pg", args: [], env: spool, needs: "spool" },
  pglite: { door: "pglite", args: ["--one-process"], env: spool },
  "lane-pglite": { door: "pglite", args: ["--lane"], env: spool },
  /** A process for portals alone, which never loads Next.js. */
  "lane-pg": { door: "pg", args: ["--lane"], env: commit },
  "lane-spool": { door: "pg", args: ["--lane"], env: spool, needs: "spool" },
  "route-pg": { door: "pg", args: ["--mount=route"], env: commit },
};

/** What the built server knows of, so that an older build can be measured as well. */
export function builtServer() {
  const path = join(root, "dist", "server.mjs");
  if (!existsSync(path)) throw new Error("there is no build; run `npm run build` first");
  const text = readFileSync(path, "utf8");
  return { hasSpool: /\bCALL_LOG:/.test(text), lane: text.includes('"--lane"') ? "--lane" : "--no-pages" };
}

/** Of those that a scenario compares, the ones asked for; without those that this build or this scenario cannot do. */
export function chosenTargets({ targets: compared, run, onPostgres }, asked, { hasSpool }) {
  const unknown = asked?.find((name) => !(name in targets));
  if (unknown) throw new Error(`there is no target \`${unknown}\`; choose from ${Object.keys(targets).join(", ")}`);
  const all = asked ? [...new Set(["direct", ...asked])] : compared;
  return all.filter((name) => {
    if (name === "direct") return !run;
    const { door, needs } = targets[name];
    return (hasSpool || needs !== "spool") && (!onPostgres || door === "pg");
  });
}
