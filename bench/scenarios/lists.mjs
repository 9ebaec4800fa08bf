import { inTheNameOf } from "../lib/callers.mjs";

const lists = (name, tools, more) => ({
  name,
  about: `tools/list of ${tools} tools, a tenth of them off, unchanged since the last time; 4 callers`,
  targets: ["direct", "pg-commit", "lane-pg"],
  quickTargets: ["direct", "pg-commit"],
  rounds: 3,
  seconds: 1.5,
  metrics: ["serverCpuMs", "postgresCpuMs", "perSecond", "p50", "p99", "othersCores"],
  measure: (rig, place, { seconds, warmupSeconds }) => {
    const expected = place.content?.[name].listed ?? tools;
    return rig.load(place, { kind: "lists", callers: inTheNameOf(place.callers(name, 16), 4), expected, seconds, warmupSeconds });
  },
  ...more,
});

export const list10 = lists("list10", 10, { quick: true });
export const list1000 = lists("list1000", 1_000, { quick: true });
