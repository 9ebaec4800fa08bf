import { Caller } from "./caller.mjs";
import { call, list } from "./checks.mjs";
import { closedLoop, openLoop } from "./loops.mjs";

/** A job names its callers, each a list of endpoints that it asks in turn: straight to five servers, or one portal that has all five. */
export const jobs = {
  calls: (job) =>
    withCallers(job, (callers) => closedLoop((worker, n) => callOf(callers[worker % callers.length], n, job.size), { workers: callers.length, ...job })),

  steady: (job) =>
    withCallers(job, (callers) => {
      const { length } = callers;
      return openLoop((n) => callOf(callers[n % length], Math.floor(n / length), job.size), job);
    }),

  lists: (job) =>
    withCallers(job, (callers) => closedLoop((worker, n) => list(at(callers[worker % callers.length], n), job.expected), { workers: callers.length, ...job })),

  setups: (job) =>
    closedLoop(
      async (worker, n) => {
        const caller = new Caller(atOf(job.callers[worker % job.callers.length], n));
        await caller.open();
        await caller.close();
        return "ok";
      },
      { workers: job.callers.length, ...job },
    ),
};

async function withCallers(job, work) {
  const callers = job.callers.map((endpoints) => endpoints.map((endpoint) => new Caller(endpoint)));
  try {
    await Promise.all(callers.flat().map((caller) => caller.open()));
    return await work(callers);
  } finally {
    await Promise.all(callers.flat().map((caller) => caller.close()));
  }
}

const atOf = (endpoints, n) => endpoints[n % endpoints.length];
const at = atOf;

/** The n-th call of a caller: servers in turn, and all the tools of the endpoint in turn. */
function callOf(endpoints, n, size) {
  const caller = at(endpoints, n);
  const { tools } = caller.endpoint;
  return call(caller, tools[Math.floor(n / endpoints.length) % tools.length], size);
}
