import { wait } from "../lib/numbers.mjs";
import { faultsOf } from "../lib/rounds.mjs";
import { usageOf } from "../lib/usage.mjs";

const notSent = "not sent: as many are under way as a client may have";

/** How many call at once to show what it can answer: more would only wait for each other. */
const busy = 16;

export const overload = {
  name: "overload",
  about: "three times the calls a second that it can answer, from 200 people of ten organizations; latency from when a call was sent, and from when it was due",
  onPostgres: true,
  targets: ["pg-commit"],
  rounds: 1,
  seconds: 60,
  async run(rig, { targets, seconds }) {
    const rows = [];
    for (const target of targets) {
      const gateway = await rig.gateway(target, "crowds");
      const { figures, runs } = await overloaded(rig, gateway, seconds);
      const name = { scenario: "overload", target };
      rows.push(...Object.entries(figures).map(([metric, value]) => ({ ...name, metric, value, ratio_to_direct: null })), ...faultsOf(name, runs));
    }
    return rows;
  },
};

async function overloaded(rig, gateway, seconds) {
  const callers = mixed(Object.keys(gateway.content).map((portal) => gateway.callers(portal, gateway.content[portal].tokens.length, { sessions: false })));
  const best = await rig.load(gateway, { kind: "calls", callers: callers.slice(0, busy), seconds: 3 });
  const steady = (perSecond, forSeconds, more) => rig.load(gateway, { kind: "steady", callers, perSecond, seconds: forSeconds, ...more });
  const gentle = (forSeconds, warmupSeconds) => steady(best.perSecond / 10, forSeconds, { warmupSeconds });
  const unloaded = await gentle(10, 2);
  // Everybody at once, but no more than it can answer: nobody is to be refused.
  const bursts = await rig.load(gateway, { kind: "bursts", callers, seconds: 3 });
  const watch = watched(gateway);
  const run = await steady(best.perSecond * 3, seconds, { warmupSeconds: 0, atOnceMax: 8 });
  const ended = performance.now();
  const seen = await watch.stop();
  const figures = { ...latencies(unloaded, bursts, run), ...counts(best, bursts, run, seconds), ...seen };
  return { figures: { ...figures, recoverySeconds: await recovery(gentle, unloaded, ended) }, runs: [unloaded, bursts, run] };
}

const latencies = (unloaded, bursts, run) => ({
  unloadedP50: unloaded.sentP50,
  unloadedP99: unloaded.sentP99,
  answeredP50: run.sentP50,
  answeredP99: run.sentP99,
  p99Ratio: run.sentP99 / unloaded.sentP99,
  unloadedDueP99: unloaded.p99,
  answeredDueP99: run.p99,
  dueP99Ratio: run.p99 / unloaded.p99,
  burstP99: bursts.p99,
  othersCores: Math.max(unloaded.othersCores, run.othersCores),
});

function counts(best, bursts, run, seconds) {
  const refused = ({ errors }) => Object.entries(errors).filter(([kind]) => /^HTTP (429|503)/.test(kind));
  const many = (entries) => entries.reduce((sum, [, count]) => sum + count, 0);
  return {
    sustainable: best.perSecond,
    asked: (run.all - (run.errors[notSent] ?? 0)) / seconds,
    answered: run.ok / seconds,
    refused: many(refused(run)) / seconds,
    withoutRetryAfter: many(refused(run).filter(([kind]) => kind.includes("without"))),
    refusedInBursts: many(refused(bursts)),
  };
}

/** Of each organization one in turn. */
const mixed = (groups) => groups[0].flatMap((_, i) => groups.map((group) => group[i]));

/** Seconds from the end of the overload until a window of half a second has its usual p99 again. */
async function recovery(gentle, unloaded, ended) {
  for (let tries = 0; tries < 40; tries++) {
    const { sentP99, errors } = await gentle(0.5, 0);
    if (sentP99 <= unloaded.sentP99 * 4 && Object.keys(errors).length === 0) break;
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
      const third = Math.ceil(rss.length / 3);
      return { readyMs: Math.max(...ready), rssMiBEarly: Math.max(...rss.slice(0, third)), rssMiBLate: Math.max(...rss.slice(-third)) };
    },
  };
}
