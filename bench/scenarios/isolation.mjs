import { inTheNameOf } from "../lib/callers.mjs";
import { rowsOf, together } from "../lib/rounds.mjs";

const both = ["hang", "slow"];
const all = ["hang", "reset", "drip", "slow"];
const cases = [
  { kind: "calls", bad: both },
  { kind: "calls", bad: all },
  { kind: "lists", bad: all },
];
/** As many as a client may have. */
const atOnce = 8;
const metrics = ["p50Without", "p50With", "p50Ratio", "p99Without", "p99With", "p99Ratio", "hanging", "slow"];

export const isolation = {
  name: "isolation",
  about: `a healthy server's calls and lists, in a portal without and in one with servers that hang, dawdle, reset and drip, ${atOnce} calls at each all the time; ms`,
  targets: ["lane-pg"],
  rounds: 3,
  seconds: 1.5,
  async run(rig, { targets, rounds, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target, "isolation");
      for (const { kind, bad } of cases) {
        const runs = [];
        for (let round = 0; round < rounds; round++) runs.push(await compared(rig, gateway, { kind, bad, seconds }));
        rows.push(...rowsOf({ scenario: "isolation", target: `${target} ${kind}, ${bad.join("+")}` }, runs, null, metrics));
      }
    }
    return rows;
  },
};

async function compared(rig, gateway, { kind, bad, seconds }) {
  const healthy = (portal) =>
    rig.load(gateway, {
      kind,
      callers: inTheNameOf(gateway.callers(portal, 16), kind === "lists" ? 1 : 4), // More lists than one asks for are over the organization's rate.
      expected: gateway.content[portal].listed,
      seconds,
      warmupSeconds: 0.5,
    });
  const without = await healthy("alone");
  const callers = bad.map((tool) => gateway.callers("together", 1, { token: gateway.content.together.bad[tool], tools: [tool], sessions: false })[0][0]);
  const pestering = rig.load(gateway, { kind: "pester", callers, atOnce, seconds: seconds + 0.6 });
  const withThem = await healthy("together");
  const found = await pestering;
  return {
    p50Without: without.p50,
    p50With: withThem.p50,
    p50Ratio: withThem.p50 / without.p50,
    p99Without: without.p99,
    p99With: withThem.p99,
    p99Ratio: withThem.p99 / without.p99,
    // Calls of each that were under way at every moment.
    hanging: found.hang.least,
    slow: found.slow.least,
    wrong: without.wrong + withThem.wrong,
    errors: together([without.errors, withThem.errors]),
  };
}
