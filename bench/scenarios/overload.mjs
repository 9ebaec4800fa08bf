import { wait } from "../lib/numbers.mjs";
import { faultsOf } from "../lib/rounds.mjs";
import { usageOf } from "../lib/usage.mjs";

export const overload = {
  name: "overload",
  about: "three times the calls a second that it can answer, from 200 people; statuses, memory, readiness and how soon it is itself again",
  onPostgres: true,
  targets: ["pg-commit"],
  rounds: 1,
  seconds: 60,
  async run(rig, { targets, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target);
      const found = await overloaded(rig, gateway, seconds);
      const name = { scenario: "overload", target };
      rows.push(...Object.entries(found.figures).map(([metric, value]) => ({ ...name, metric, value, ratio_to_direct: null })), ...faultsOf(name, [found.run]));
    }
    return rows;
  },
};

async function overloaded(rig, gateway, seconds) {
  const callers = gateway.callers("crowd", 200, { sessions: false });
  const best = await rig.load(gateway, { kind: "calls", callers: gateway.callers("crowd", 64, { sessions: false }), seconds: 3 });
  const gentle = (forSeconds) =>
    rig.load(gateway, { kind: "steady", callers, perSecond: Math.max(10, best.perSecond / 10), seconds: forSeconds, warmupSeconds: 0 });
  const unloaded = await gentle(4);
  const watch = watched(gateway);
  const run = await rig.load(gateway, { kind: "steady", callers, perSecond: best.perSecond * 3, seconds, warmupSeconds: 0, inFlightMax: 2_000 });
  const ended = performance.now();
  const { rss, ready } = await watch.stop();
  return { run, figures: { ...figuresOf({ best, unloaded, run, rss, ready }), recoverySeconds: await recovery(gentle, unloaded, ended) } };
}

function figuresOf({ best, unloaded, run, rss, ready }) {
  const third = Math.ceil(rss.length / 3);
  const refused = Object.entries(run.errors).filter(([kind]) => /^HTTP (429|503)/.test(kind));
  const count = (entries) => entries.reduce((sum, [, many]) => sum + many, 0);
  return {
    sustainable: best.perSecond,
    asked: best.perSecond * 3,
    answered: run.perSecond,
    answeredP99: run.p99,
    unloadedP99: unloaded.p99,
    p99Ratio: run.p99 / unloaded.p99,
    refused: count(refused),
    withoutRetryAfter: count(refused.filter(([kind]) => kind.includes("without"))),
    readyMs: Math.max(...ready),
    rssMiBEarly: Math.max(...rss.slice(0, third)),
    rssMiBLate: Math.max(...rss.slice(-third)),
  };
}

/** Seconds from the end of the overload until a window of half a second has its usual p99 again. */
async function recovery(gentle, unloaded, ended) {
  for (let tries = 0; tries < 40; tries++) {
    const { p99, errors } = await gentle(0.5);
    if (p99 <= unloaded.p99 * 4 && Object.keys(errors).length === 0) break;
  }
  return (performance.now() - ended) / 1000;
}

/** Memory and readiness, four times a second, until stopped. */
function watched({ port, host, pids }) {
  const [rss, ready] = [[], []];
  let isWatching = true;
  const watching = (async () => {
    while (isWatching) {
      const began = performance.now();
      const response = await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { host }, signal: AbortSignal.timeout(10_000) }).catch(() => null);
      ready.push(response ? performance.now() - began : 10_000);
      await response?.arrayBuffer();
      rss.push(usageOf(pids.server).rssMiB);
      await wait(250);
    }
  })();
  return {
    async stop() {
      isWatching = false;
      await watching;
      return { rss, ready };
    },
  };
}
