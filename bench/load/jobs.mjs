import { pages, pester, until } from "./background.mjs";
import { Caller } from "./caller.mjs";
import { call, list } from "./checks.mjs";
import { closeSessions, openSessions, openStreams } from "./idle.mjs";
import { burstLoop, closedLoop, inBatches, openLoop } from "./loops.mjs";
import { progress } from "./progress.mjs";
import { wait } from "../lib/numbers.mjs";

/** Connections of clients that ask again after a while, by port. */
const keptTo = new Map();

/** A job names its callers, each a list of endpoints that it asks in turn: straight to five servers, or one portal that has all five. */
export const jobs = {
  pages,
  pester,
  until,
  openSessions,
  openStreams,
  closeSessions,
  progress,

  calls: (job) =>
    withCallers(job, (callers) => closedLoop((worker, n) => callOf(callers[worker % callers.length], n, job.size), { workers: callers.length, ...job })),

  /** `atOnceMax`: what one caller's client has under way at most, each on a connection that is there already. */
  steady: (job) =>
    withCallers(job, async (callers) => {
      const { length } = callers;
      const { atOnceMax = Number.POSITIVE_INFINITY } = job;
      if (job.atOnceMax) {
        for (const [caller] of callers) await caller.connect(atOnceMax);
        // Taking connections in is work as well, and not what is measured.
        await wait(2_000);
      }
      return openLoop(async (n) => {
        const endpoints = callers[n % length];
        if (endpoints.underWay >= atOnceMax) return "not sent: as many are under way as a client may have";
        endpoints.underWay = (endpoints.underWay ?? 0) + 1;
        return callOf(endpoints, Math.floor(n / length), job.size).finally(() => endpoints.underWay--);
      }, job);
    }),

  bursts: (job) =>
    withCallers(job, (callers) => {
      let n = 0;
      return burstLoop((worker) => callOf(callers[worker], n++, job.size), { workers: callers.length, ...job });
    }),

  lists: (job) =>
    withCallers(job, (callers) => closedLoop((worker, n) => list(at(callers[worker % callers.length], n), job.expected), { workers: callers.length, ...job })),

  listOnce: async ({ endpoint, expected }) => {
    const idle = keptTo.get(endpoint.port) ?? [];
    keptTo.set(endpoint.port, idle);
    return { verdict: await list(new Caller(endpoint, idle), expected).catch(String) };
  },

  /** Fewer at a time than a grant may have, so that none is pushed out; their ends are not measured. */
  setups: (job) => {
    let opened = [];
    return inBatches(
      {
        async work(worker, n) {
          const caller = new Caller(at(job.callers[worker], n));
          opened.push(caller);
          await caller.greet();
          return "ok";
        },
        async clear() {
          for (const part of inParts(opened, 16)) await Promise.all(part.map((caller) => caller.close()));
          opened = [];
        },
      },
      { workers: job.callers.length, each: 20, ...job },
    );
  },
};

async function withCallers(job, work) {
  // A worker's callers come one after the other, over the same connections as through a proxy: what differs between them is who they are.
  const callers = job.callers.map((endpoints) => {
    const idle = new Map(endpoints.map(({ port }) => [port, []]));
    return endpoints.map((endpoint) => new Caller(endpoint, idle.get(endpoint.port)));
  });
  try {
    await Promise.all(callers.flat().map((caller) => caller.open()));
    return await work(callers);
  } finally {
    await Promise.all(callers.flat().map((caller) => caller.close()));
  }
}

const at = (endpoints, n) => endpoints[n % endpoints.length];
const inParts = (all, max) => Array.from({ length: Math.ceil(all.length / max) }, (_, i) => all.slice(i * max, (i + 1) * max));

/** The n-th call of a caller: servers in turn, and all the tools of the endpoint in turn. */
function callOf(endpoints, n, size) {
  const caller = at(endpoints, n);
  const { tools } = caller.endpoint;
  return call(caller, tools[Math.floor(n / endpoints.length) % tools.length], size);
}
