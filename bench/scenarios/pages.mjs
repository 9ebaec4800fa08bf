import { rowsOf, together } from "../lib/rounds.mjs";

export const pages = {
  name: "pages",
  about: "calls of 4 callers without and with somebody loading admin pages all the time; ms",
  targets: ["pglite", "lane-pglite", "pg-commit"],
  rounds: 3,
  seconds: 2,
  async run(rig, { targets, rounds, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target);
      const runs = [];
      for (let round = 0; round < rounds; round++) runs.push(await compared(rig, gateway, seconds));
      rows.push(...rowsOf({ scenario: "pages", target }, runs, null, ["p50Without", "p50With", "p99Without", "p99With", "p99Ratio", "pagesPerSecond"]));
    }
    return rows;
  },
};

async function compared(rig, gateway, seconds) {
  const { port, host } = gateway;
  const { org, portalId, cookie } = gateway.content.calls;
  const paths = ["", "/servers", `/portals/${portalId}/capabilities`, "/activity"].map((path) => `/admin/${org}${path}`);
  const calls = () => rig.load(gateway, { kind: "calls", callers: gateway.callers("calls", 4), seconds, warmupSeconds: 0.5 });
  const without = await calls();
  const [loaded, withPages] = await Promise.all([rig.load(gateway, { kind: "pages", port, host, cookie, paths, seconds: seconds + 0.5 }), calls()]);
  return {
    p50Without: without.p50,
    p50With: withPages.p50,
    p99Without: without.p99,
    p99With: withPages.p99,
    p99Ratio: withPages.p99 / without.p99,
    pagesPerSecond: loaded.pagesPerSecond,
    wrong: without.wrong + withPages.wrong,
    errors: together([without.errors, withPages.errors, loaded.errors]),
  };
}
