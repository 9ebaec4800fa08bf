import { rowsOf, together } from "../lib/rounds.mjs";

const bad = ["hang", "reset", "drip", "slow"];

export const isolation = {
  name: "isolation",
  about: "a healthy server's calls and lists, in a portal without and in one with four servers that hang, reset, drip and dawdle; ms",
  targets: ["lane-pg"],
  rounds: 3,
  seconds: 1.5,
  async run(rig, { targets, rounds, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target, "isolation");
      for (const kind of ["calls", "lists"]) {
        const runs = [];
        for (let round = 0; round < rounds; round++) runs.push(await compared(rig, gateway, kind, seconds));
        const metrics = ["p50Without", "p50With", "p50Ratio", "p99Without", "p99With"];
        rows.push(...rowsOf({ scenario: "isolation", target: `${target} ${kind}` }, runs, null, metrics));
      }
    }
    return rows;
  },
};

async function compared(rig, gateway, kind, seconds) {
  const healthy = (portal) =>
    rig.load(gateway, { kind, callers: gateway.callers(portal, 4), expected: gateway.content[portal].listed, seconds, warmupSeconds: 0.5 });
  const without = await healthy("alone");
  const [[endpoint]] = gateway.callers("together", 1, { token: gateway.content.together.otherToken, sessions: false });
  const pestering = rig.load(gateway, { kind: "pester", endpoint, tools: bad, perSecond: 10, seconds: seconds + 0.5 });
  const withThem = await healthy("together");
  await pestering;
  return {
    p50Without: without.p50,
    p50With: withThem.p50,
    p50Ratio: withThem.p50 / without.p50,
    p99Without: without.p99,
    p99With: withThem.p99,
    wrong: without.wrong + withThem.wrong,
    errors: together([without.errors, withThem.errors]),
  };
}
