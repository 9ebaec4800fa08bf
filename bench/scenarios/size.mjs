import { inTurns, rowsOf } from "../lib/rounds.mjs";

const variants = { small: "small", capabilities: "2,000 capabilities", servers: "80 servers", policies: "200 policies", grants: "10,000 grants" };
const logRows = 10_000_000;

export const size = {
  name: "size",
  about: "the same calls with much more of one thing, and with 10 million calls on record; ratio to the small portal in the same round",
  onPostgres: true,
  targets: ["lane-pg"],
  rounds: 3,
  seconds: 2,
  async run(rig, { targets, rounds, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target, "sizes");
      const logged = await withBigLog(rig, target);
      const places = [...Object.keys(variants).map((portal) => ({ gateway, portal })), { gateway: logged, portal: "log" }];
      const runs = await inTurns(rig, places, rounds, async ({ gateway: place, portal }) => {
        const callers = callersOf(place, portal === "log" ? "small" : portal);
        return [portal, await rig.load(place, { kind: "calls", callers, seconds })];
      });
      const of = (wanted) => runs.filter(([portal]) => portal === wanted).map(([, run]) => run);
      for (const [portal, name] of Object.entries({ ...variants, log: "10 million rows" })) {
        const compared = of(portal).map((run, i) => ({
          ...run,
          toSmall: run.serverCpuMs / of("small")[i].serverCpuMs,
          p50ToSmall: run.p50 / of("small")[i].p50,
        }));
        const metrics = ["serverCpuMs", "toSmall", "postgresCpuMs", "perSecond", "p50", "p50ToSmall", "p99", "othersCores"];
        rows.push(...rowsOf({ scenario: "size", target: `${target}, ${name}` }, compared, null, metrics));
      }
      await logged.stop();
    }
    return rows;
  },
};

/** Sixteen at a time, but everybody in turn: ten thousand grants that nobody uses would be no load. */
function callersOf(gateway, portal) {
  const { tokens } = gateway.content[portal];
  const all = gateway.callers(portal, tokens.length, { sessions: false }).flat();
  return Array.from({ length: 16 }, (_, i) => all.filter((_, k) => k % 16 === i));
}

/** Indexes are built after the rows, which takes a third of the time; the gateway starts when all is there. */
async function withBigLog(rig, target) {
  const databases = await rig.databases();
  const database = await rig.database("pg", "sizes");
  const { orgId, portalId } = database.content.small;
  const indexes = await databases.query(database.name, "select indexname, indexdef from pg_indexes where tablename = 'call' and indexname like '%_idx'");
  await databases.query(database.name, indexes.map(({ indexname }) => `drop index "${indexname}"`).join(";"));
  await databases.query(
    database.name,
    `insert into call (id, org_id, started_at, instance_id, person_email, client_name, portal_id, portal_name, method, protocol_version, decision, outcome, duration_ms, ended_at)
     select 'cal_' || lpad(n::text, 26, '0'), '${orgId}', now() - n * interval '0.5 second', 'ins_gone', 'p' || n % 1000 || '@acme.test', 'Bench', '${portalId}', 'Bench',
       'tools/call', '2025-11-25', 'allowed', 'ok', 1.5, now() - n * interval '0.5 second'
     from generate_series(1, ${logRows}) n`,
  );
  await databases.query(database.name, `${indexes.map(({ indexdef }) => indexdef).join(";")}; analyze call`);
  const gateway = await rig.ownGateway(target, "sizes", { database });
  await rig.load(gateway, { kind: "calls", callers: gateway.callers("small"), seconds: 3 });
  return gateway;
}
