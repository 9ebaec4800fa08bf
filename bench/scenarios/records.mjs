import { wait } from "../lib/numbers.mjs";
import { rowsOf } from "../lib/rounds.mjs";

export const records = {
  name: "records",
  about: "calls that reached an upstream, and rows that are on record of them once the gateway has had time to write",
  quick: true,
  onPostgres: true,
  targets: ["pg-commit", "pg-spool", "lane-pg"],
  rounds: 1,
  seconds: 1.5,
  async run(rig, { targets, rounds, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target);
      const runs = [];
      for (let round = 0; round < rounds; round++) runs.push(await compared(rig, gateway, seconds));
      rows.push(...rowsOf({ scenario: "records", target }, runs, null, ["calls", "records", "lost"]));
    }
    return rows;
  },
};

async function compared(rig, gateway, seconds) {
  const before = await counted(rig, gateway);
  const run = await rig.load(gateway, { kind: "calls", callers: gateway.callers("calls"), seconds, warmupSeconds: 0 });
  let after = await counted(rig, gateway);
  for (let tries = 0; tries < 50 && after.records - before.records < after.calls - before.calls; tries++) {
    await wait(200);
    after = await counted(rig, gateway);
  }
  const [calls, kept] = [after.calls - before.calls, after.records - before.records];
  return { ...run, calls, records: kept, lost: Math.max(0, calls - kept) };
}

async function counted(rig, { database }) {
  const databases = await rig.databases();
  const [{ count }] = await databases.query(database.name, "select count(*)::int from call where method = 'tools/call' and outcome = 'ok'");
  return { records: count, calls: await rig.upstream.calls() };
}
