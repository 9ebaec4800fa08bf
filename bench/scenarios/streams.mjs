export const sse = {
  name: "sse",
  about: "progress events, 8 calls at once: ms from leaving the upstream to reaching the client",
  targets: ["direct", "pg-commit", "lane-pg"],
  rounds: 3,
  seconds: 2,
  metrics: ["p50", "p99", "p99Added", "max", "events"],
  measure(rig, place, { seconds }) {
    const callers = place.callers("calls", 8);
    const tool = callers[0][0].tools[0].replace(/echo$/, "progress");
    return rig.load(place, { kind: "progress", callers, tool, steps: Math.round(seconds * 50), everyMs: 20 });
  },
  derive: (run, direct) => ({ ...run, p99Added: run.p99 - direct.p99 }),
};
