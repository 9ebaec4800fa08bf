export const setup = {
  name: "setup",
  about: "initialize and initialized (server/discover in the newer era), 16 callers",
  quick: true,
  targets: ["direct", "pg-commit", "lane-pg"],
  quickTargets: ["direct", "pg-commit"],
  rounds: 3,
  seconds: 1.5,
  metrics: ["serverCpuMs", "postgresCpuMs", "perSecond", "p50", "p99", "othersCores"],
  measure: (rig, place, { seconds, warmupSeconds }) => rig.load(place, { kind: "setups", callers: place.callers("calls"), seconds, warmupSeconds }),
};
