import { wait } from "../lib/numbers.mjs";
import { Tally } from "./tally.mjs";

/** Each worker sends its next request when it has the answer to the last. `work(worker, n)` gives a verdict. */
export async function closedLoop(work, { workers, seconds, warmupSeconds = 1, count = Number.POSITIVE_INFINITY, pids }) {
  const tally = new Tally(pids);
  let isRunning = true;
  const running = Array.from({ length: workers }, async (_, worker) => {
    for (let n = 0; isRunning; n++) {
      await timed(tally, () => work(worker, n));
      // Answers can come so fast that timers never get their turn.
      if (n % 1024 === 1023) await wait(0);
    }
  });
  await wait(warmupSeconds * 1000);
  tally.begin();
  while (performance.now() - tally.began < seconds * 1000 && tally.measured < count) await wait(5);
  tally.pause();
  isRunning = false;
  await Promise.all(running);
  return tally.result();
}

/**
 * So many requests a second, whatever becomes of them. Latency counts from when a request was due, so a stall is not hidden, and beside
 * that from when it was sent: what lies between the two is this process's own delay.
 */
export async function openLoop(work, { perSecond, seconds, warmupSeconds = 1, inFlightMax = 4_096, pids }) {
  const tally = new Tally(pids);
  const inFlight = new Set();
  const began = performance.now();
  const total = Math.round((warmupSeconds + seconds) * perSecond);
  for (let n = 0; n < total; await wait(1)) {
    const now = performance.now() - began;
    if (!tally.isMeasuring && now >= warmupSeconds * 1000) tally.begin();
    for (; n < total && (n * 1000) / perSecond <= now; n++) {
      const current = n;
      const one = inFlight.size < inFlightMax ? timed(tally, () => work(current), began + (n * 1000) / perSecond) : Promise.resolve(tally.add(tooMany, 0));
      inFlight.add(one);
      one.then(() => inFlight.delete(one));
    }
  }
  await Promise.all(inFlight);
  tally.pause();
  return tally.result();
}

/** A number of times by each worker, then what has to be cleared away unmeasured, over and over until it has measured long enough. */
export async function inBatches({ work, clear }, { workers, each, seconds, warmupSeconds = 1, pids }) {
  const tally = new Tally(pids);
  const began = performance.now();
  while (tally.elapsedMs < seconds * 1000) {
    const isWarm = performance.now() - began > warmupSeconds * 1000;
    if (isWarm) tally.begin();
    await Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        for (let n = 0; n < each; n++) await timed(tally, () => work(worker, n));
      }),
    );
    if (isWarm) tally.pause();
    await clear();
  }
  return tally.result();
}

/** All at once, and again when all have their answer and some time has passed. */
export async function burstLoop(work, { workers, seconds, pauseMs = 250, warmupSeconds = 1, pids }) {
  const tally = new Tally(pids);
  const began = performance.now();
  while (performance.now() - began < (warmupSeconds + seconds) * 1000) {
    if (!tally.isMeasuring && performance.now() - began >= warmupSeconds * 1000) tally.begin();
    await Promise.all(Array.from({ length: workers }, (_, worker) => timed(tally, () => work(worker))));
    await wait(pauseMs);
  }
  tally.pause();
  return tally.result();
}

async function timed(tally, work, due) {
  const sent = performance.now();
  const verdict = await work().catch((error) => String(error?.code ?? error?.message ?? error).slice(0, 120));
  const now = performance.now();
  tally.add(verdict, now - (due ?? sent), now - sent);
}

const tooMany = "not sent: too many are waiting";
