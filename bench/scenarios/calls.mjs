import { inRounds } from "../lib/rounds.mjs";

const metrics = ["serverCpuMs", "postgresCpuMs", "perSecond", "p50", "p99", "rssMiB"];

export const calls16 = {
  name: "calls16",
  about: "tools/call of echo, 16 callers with a token each, five servers behind the portal; ms and CPU-ms per call",
  quick: true,
  targets: ["direct", "pg-commit", "pg-spool", "pglite", "lane-pg", "route-pg"],
  rounds: 3,
  seconds: 3,
  run: (rig, { targets, rounds, seconds }) =>
    inRounds(rig, {
      scenario: "calls16",
      targets,
      rounds,
      metrics,
      measure: (place) => rig.load({ kind: "calls", callers: place.callers("calls"), seconds, pids: place.pids }),
    }),
};
