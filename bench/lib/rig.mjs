import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/postgres.mjs";
import { secret, startGateway } from "./gateway.mjs";
import { startDatabases } from "./postgres.mjs";
import { endAll, startPart } from "./processes.mjs";
import { builtServer, targets } from "./targets.mjs";
import { worldsIn } from "./worlds.mjs";

const upstreams = 5;

/** Everything a run needs, each started when it is first asked for: upstream, load generator, databases, gateways. */
export async function openRig({ era, quick = false, execArgv = [] }) {
  const built = builtServer();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const publicUrl = `http://localhost:${await freePort()}`;
  const { upstream, load, seed, place } = await startParts({ publicUrl, era });
  const kept = new Map();
  const once = (key, make) => {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  };
  const databases = () => once("databases", startDatabases);
  const databaseOf = worldsIn(folder, { seed, place, databases });

  const rig = {
    era,
    built,
    upstream: { pid: upstream.pid, ports: place.ports, calls: async () => (await upstream.ask({})).calls },
    databases,
    database: databaseOf,
    /** One job of the load generator against a place; CPU is of the place's processes while it measures. */
    async load(to, job) {
      const run = await load.ask({ ...job, pids: to.name === "direct" ? to.pids : { upstream: upstream.pid, ...to.pids } });
      to.answered = (to.answered ?? 0) + (run.all ?? 0);
      return run;
    },
    /** A change to rights, made by another process than the gateway's. */
    change: (gateway, input) => seed.ask({ databaseUrl: gateway.database.databaseUrl, ...input }),
    /** The gateway of a target with a world of data, shared by all scenarios that ask for the same. */
    gateway: (target, world = "standard") =>
      once(`${target} ${world}`, () => rig.ownGateway(target, world).then((gateway) => warm(rig, gateway, quick ? 2 : 4))),
    /** One for the asker alone. */
    async ownGateway(target, world = "standard", more = {}) {
      const database = more.database ?? (await databaseOf(targets[target].door, world));
      const postgresPid = database.databaseUrl && (await databases()).pid;
      return startGateway({ target, publicUrl, built, era, postgresPid, execArgv, ...more, database });
    },
    close: () => once("close", () => close(folder, kept.get("databases"))),
  };
  return rig;
}

async function startParts({ publicUrl, era }) {
  const upstream = startPart("upstream/upstream.mjs");
  const load = startPart("load/load.mjs");
  const seed = startPart("seed/seed.ts", { execArgv: ["--import", "tsx"], env: { GATEHOUSE_SECRET: secret, PUBLIC_URL: publicUrl } });
  const [{ ports }, { port: badPort }] = await Promise.all([upstream.ask({ ports: upstreams }), startPart("upstream/bad-upstream.mjs").ask({})]);
  return { upstream, load, seed, place: { publicUrl, ports, badPort, era: era === "2026-07-28" ? "modern" : "legacy" } };
}

/** Cold code costs a multiple, and what is measured is a server in use. */
async function warm(rig, gateway, seconds) {
  const [portal] = Object.keys(gateway.content);
  await rig.load(gateway, { kind: "calls", callers: gateway.callers(portal), seconds });
  return gateway;
}

async function close(folder, databases) {
  await endAll();
  const started = await databases?.catch(() => null);
  await started?.stop();
  rmSync(folder, { recursive: true, force: true });
}
