import { inTurns, rowsOf } from "../lib/rounds.mjs";

const variants = [
  { portal: "small", name: "small" },
  { portal: "capabilities", name: "2,000 capabilities" },
  { portal: "servers", name: "80 servers" },
  { portal: "policies", name: "200 policies" },
  { portal: "grants", name: "10,000 grants" },
  { portal: "grants", name: "10,000 grants in turn", isEverybody: true },
];

export const size = {
  name: "size",
  about: "the same calls with much more of one thing; ratios to the small portal in the same round",
  onPostgres: true,
  targets: ["lane-pg"],
  rounds: 3,
  seconds: 1.5,
  async run(rig, settings) {
    const rows = [];
    for (const target of settings.targets) {
      const gateway = await rig.gateway(target, "sizes");
      const places = variants.map((variant) => ({ gateway, ...variant }));
      // Everybody's first call is dearer than the second, and there are few first calls in a day.
      await rig.load(gateway, { kind: "calls", callers: callersOf(gateway, "grants", true), count: 10_000, seconds: 20, warmupSeconds: 0 });
      rows.push(...(await compared(rig, "size", target, places, settings)));
    }
    return rows;
  },
};

export const biglog = {
  name: "biglog",
  about: "the same calls with nothing and with --log-rows calls on record (filling takes minutes); ratios as above",
  onRequest: true,
  onPostgres: true,
  targets: ["lane-pg"],
  rounds: 3,
  seconds: 3,
  async run(rig, settings) {
    const rows = [];
    for (const target of settings.targets) {
      const places = [
        { gateway: await rig.gateway(target), portal: "calls", name: "empty" },
        { gateway: await withBigLog(rig, target, settings.logRows), portal: "calls", name: `${settings.logRows} rows` },
      ];
      rows.push(...(await compared(rig, "biglog", target, places, settings)));
    }
    return rows;
  },
};

async function compared(rig, scenario, target, places, { rounds, seconds }) {
  const runs = await inTurns(rig, places, rounds, async ({ gateway, portal, name, isEverybody }) => {
    return [name, await rig.load(gateway, { kind: "calls", callers: callersOf(gateway, portal, isEverybody), seconds })];
  });
  const of = (wanted) => runs.filter(([name]) => name === wanted).map(([, run]) => run);
  const base = of(places[0].name);
  return places.flatMap(({ name }) => {
    const withRatios = of(name).map((run, i) => ({ ...run, toFirst: run.serverCpuMs / base[i].serverCpuMs, p50ToFirst: run.p50 / base[i].p50 }));
    const metrics = ["serverCpuMs", "toFirst", "postgresCpuMs", "perSecond", "p50", "p50ToFirst", "p99", "othersCores"];
    return rowsOf({ scenario, target: `${target}, ${name}` }, withRatios, null, metrics);
  });
}

/** Sixteen at a time, with a token each or with all that there are in turn. */
function callersOf(gateway, portal, isEverybody = false) {
  if (!isEverybody) return gateway.callers(portal, 16, { sessions: false });
  const all = gateway.callers(portal, gateway.content[portal].tokens.length, { sessions: false }).flat();
  return Array.from({ length: 16 }, (_, i) => all.filter((_, k) => k % 16 === i));
}

/** Indexes are built after the rows, which takes a third of the time; the gateway starts when all is there. */
async function withBigLog(rig, target, logRows) {
  const databases = await rig.databases();
  const database = await rig.database("pg", "standard");
  const { orgId, portalId } = database.content.calls;
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
  const gateway = await rig.ownGateway(target, "standard", { database });
  await rig.load(gateway, { kind: "calls", callers: gateway.callers("calls"), seconds: 3 });
  return gateway;
}
