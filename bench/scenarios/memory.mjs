import { peakDuring, settledMemory } from "../lib/memory.mjs";
import { rowsOf } from "../lib/rounds.mjs";

const count = 2_000;
const people = 200;
const bigBytes = 10_485_760 - 65_536; // The most that an upstream's answer may hold, less its framing.

/** A gateway of its own whose garbage can be cleared, so that what is read is what it keeps. */
const inspected = async (rig, target) => {
  const gateway = await rig.ownGateway(target, "standard", { execArgv: ["--inspect=127.0.0.1:0"] });
  await rig.load(gateway, { kind: "calls", callers: gateway.callers("crowd", 16), seconds: 2 });
  return gateway;
};

export const big10m = {
  name: "big10m",
  about: "answers of 10 MiB, one after the other: by how many MiB the process grows while one passes",
  targets: ["pg-commit"],
  rounds: 3,
  seconds: 1,
  async run(rig, { targets, rounds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await inspected(rig, target);
      const runs = [];
      for (let round = 0; round < rounds; round++) {
        const before = await settledMemory(gateway.child);
        const job = { kind: "calls", callers: gateway.callers("calls", 1), size: bigBytes, warmupSeconds: 0, seconds: 1 };
        const { result, peakKiB } = await peakDuring(gateway.pids.server, () => rig.load(gateway, job));
        runs.push({ ...result, grownMiB: (peakKiB - before.rssKiB) / 1024 });
      }
      rows.push(...rowsOf({ scenario: "big10m", target }, runs, null, ["grownMiB", "perSecond", "p50", "serverCpuMs"]));
      await gateway.stop();
    }
    return rows;
  },
};

export const idle = {
  name: "idle",
  about: `${count} idle sessions, then an open stream for each: KiB that the process keeps for one`,
  onlyLegacy: true,
  targets: ["lane-pg"],
  rounds: 1,
  seconds: 1,
  async run(rig, { targets }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await inspected(rig, target);
      rows.push(...rowsOf({ scenario: "idle", target }, [await keptBy(rig, gateway)], null, metrics));
      await gateway.stop();
    }
    return rows;
  },
};

const metrics = ["kibPerSession", "heapKibPerSession", "kibPerStream", "heapKibPerStream", "sessions", "streams", "sampledOk", "sampled"];

async function keptBy(rig, gateway) {
  const callers = gateway.callers("crowd", count);
  const [tool] = callers[0][0].tools;
  // The first ones pay for what is made once: connections to the database, compiled code.
  await rig.load(gateway, { kind: "openSessions", callers: callers.slice(0, people) });
  await rig.load(gateway, { kind: "openStreams" });
  await rig.load(gateway, { kind: "closeSessions", sample: 10, tool });
  const empty = await settledMemory(gateway.child);
  const { open } = await rig.load(gateway, { kind: "openSessions", callers });
  const withSessions = await settledMemory(gateway.child);
  const { live, statuses } = await rig.load(gateway, { kind: "openStreams" });
  const withStreams = await settledMemory(gateway.child);
  const { ok, sampled } = await rig.load(gateway, { kind: "closeSessions", sample: 20, tool });
  if (live < count) console.log(`  streams that did not open: ${JSON.stringify(statuses)}`);
  const per = (after, before, key) => (after[key] - before[key]) / count;
  return {
    kibPerSession: per(withSessions, empty, "rssKiB"),
    heapKibPerSession: per(withSessions, empty, "heapKiB"),
    kibPerStream: per(withStreams, withSessions, "rssKiB"),
    heapKibPerStream: per(withStreams, withSessions, "heapKiB"),
    sessions: open,
    streams: live,
    sampledOk: ok,
    sampled,
  };
}

export const memory = {
  name: "memory",
  about: "resident MiB of the process after 100,000 calls, those of earlier scenarios included",
  targets: ["pg-commit", "pg-spool"],
  rounds: 1,
  seconds: 25,
  async run(rig, { targets, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target);
      const missing = 100_000 - (gateway.answered ?? 0);
      const job = { kind: "calls", callers: gateway.callers("calls"), count: Math.max(1_000, missing), seconds, warmupSeconds: 0 };
      const run = await rig.load(gateway, job);
      rows.push(...rowsOf({ scenario: "memory", target }, [{ ...run, calls: gateway.answered }], null, ["rssMiB", "calls", "perSecond"]));
    }
    return rows;
  },
};
