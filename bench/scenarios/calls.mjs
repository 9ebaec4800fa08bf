const every = ["direct", "pg-commit", "pg-spool", "lane-pglite", "lane-pg", "route-pg"];
const metrics = ["serverCpuMs", "postgresCpuMs", "perSecond", "p50", "p99", "rssMiB", "othersCores"];

export const calls16 = {
  name: "calls16",
  about: "tools/call of echo, 16 callers with a token each, five servers behind the portal; ms and CPU-ms per call",
  quick: true,
  targets: every,
  rounds: 3,
  seconds: 3,
  metrics,
  measure: (rig, place, { seconds, warmupSeconds }) => rig.load(place, { kind: "calls", callers: place.callers("calls"), seconds, warmupSeconds }),
};

export const steady200 = {
  name: "steady200",
  about: "200 calls a second whatever happens, latency from when each was due; ms",
  quick: true,
  targets: ["direct", "pg-commit", "pg-spool", "lane-pglite"],
  quickTargets: ["direct", "pg-commit", "pg-spool"],
  rounds: 5,
  seconds: 2.5,
  metrics: ["p50", "p50Added", "p99", "p99Added", "serverCpuMs", "perSecond", "othersCores"],
  measure: (rig, place, { seconds, warmupSeconds }) =>
    rig.load(place, { kind: "steady", callers: place.callers("calls"), perSecond: 200, seconds, warmupSeconds }),
  // What the gateway adds, within the round.
  derive: (run, direct) => ({ ...run, p50Added: run.p50 - direct.p50, p99Added: run.p99 - direct.p99 }),
};

const large = (name, about, size, more) => ({
  name,
  about,
  targets: ["direct", "pg-commit", "pg-spool"],
  quickTargets: ["direct", "pg-commit"],
  rounds: 3,
  seconds: 1.5,
  metrics: ["serverCpuMs", "perSecond", "p50", "p99", "rssMiB", "othersCores"],
  measure: (rig, place, { seconds, warmupSeconds }) => rig.load(place, { kind: "calls", callers: place.callers("calls", 8), size, seconds, warmupSeconds }),
  ...more,
});

export const big64k = large("big64k", "answers of 64 KiB, 8 callers", 65_536, { quick: true });
