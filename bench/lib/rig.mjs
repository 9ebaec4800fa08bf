import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/postgres.mjs";
import { endAll, startPart } from "./processes.mjs";
import { startDatabases } from "./postgres.mjs";
import { secret, startGateway } from "./gateway.mjs";
import { builtServer, targets } from "./targets.mjs";

const upstreams = 5;

/** Everything a run needs, each started when it is first asked for: upstream, load generator, databases, gateways. */
export async function openRig({ era, quick = false, execArgv = [] }) {
  const built = builtServer();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const upstream = startPart("upstream/upstream.mjs");
  const { ports } = await upstream.ask({ ports: upstreams });
  const load = startPart("load/load.mjs");
  const publicUrl = `http://localhost:${await freePort()}`;
  const seed = startPart("seed/seed.ts", { execArgv: ["--import", "tsx"], env: { GATEHOUSE_SECRET: secret, PUBLIC_URL: publicUrl } });
  const { port: badPort } = await startPart("upstream/bad-upstream.mjs").ask({});
  const place = { publicUrl, ports, badPort, era: era === "2026-07-28" ? "modern" : "legacy" };
  const kept = new Map();
  const once = (key, make) => {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  };
  let made = 0;

  /** A database with this content that nobody else uses: a copy, so that all of them are alike. */
  async function databaseOf(door, world) {
    const name = `bench_${++made}`;
    const dataDir = join(folder, name);
    if (door === "pg") {
      const databases = await rig.databases();
      const { content, original } = await once(`pg ${world}`, async () => {
        const databaseUrl = await databases.create(world);
        return { original: world, content: await seed.ask({ ...place, world, databaseUrl, dataDir: join(folder, "unused") }) };
      });
      return { content, dataDir, name, databaseUrl: await databases.create(name, original) };
    }
    const { content, original } = await once(`pglite ${world}`, async () => {
      const directory = join(folder, `pglite-${world}`);
      return { original: directory, content: await seed.ask({ ...place, world, dataDir: directory }) };
    });
    cpSync(original, dataDir, { recursive: true });
    return { content, dataDir, name };
  }

  const rig = {
    era,
    built,
    publicUrl,
    upstream: { pid: upstream.pid, ports, calls: async () => (await upstream.ask({})).calls },
    /** One job of the load generator against a place; CPU is of the place's processes while it measures. */
    async load(place, job) {
      const run = await load.ask({ ...job, pids: place.name === "direct" ? place.pids : { upstream: upstream.pid, ...place.pids } });
      place.answered = (place.answered ?? 0) + (run.all ?? 0);
      return run;
    },
    database: databaseOf,
    databases: () => once("databases", startDatabases),
    /** A change to rights, made by another process than the gateway's. */
    change: (gateway, input) => seed.ask({ databaseUrl: gateway.database.databaseUrl, ...input }),
    /** The gateway of a target with a world of data, shared by all scenarios that ask for the same. */
    gateway: (target, world = "standard") =>
      once(`${target} ${world}`, async () => {
        const gateway = await rig.ownGateway(target, world);
        // Cold code costs a multiple, and what is measured is a server in use.
        const [portal] = Object.keys(gateway.content);
        await rig.load(gateway, { kind: "calls", callers: gateway.callers(portal), seconds: quick ? 2 : 4 });
        return gateway;
      }),
    /** One for the asker alone. */
    async ownGateway(target, world = "standard", more = {}) {
      const database = more.database ?? (await databaseOf(targets[target].door, world));
      const postgresPid = database.databaseUrl ? (await rig.databases()).pid : undefined;
      return startGateway({ target, database, publicUrl, built, era, postgresPid, execArgv, ...more });
    },
    async close() {
      await endAll();
      const databases = await (kept.get("databases")?.catch(() => null) ?? null);
      await databases?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return rig;
}
