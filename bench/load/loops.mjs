import { wait } from "../lib/numbers.mjs";
import { Tally } from "./tally.mjs";

/** Each worker sends its next request when it has the answer to the last. `work(worker, n)` gives a verdict. */
export async function closedLoop(work, { workers, seconds, warmupSeconds = 1, count = Number.POSITIVE_INFINITY, pids }) {
  const tally = new Tally(pids);
  let isRunning = true;
  const running = Array.from({ length: workers }, async (_, worker) => {
    for (let n = 0; isRunning; n++) {
      const began = performance.now();
      tally.add(await work(worker, n).catch(named), performance.now() - began);
      // Answers can come so fast that timers never get their turn.
      if (n % 1024 === 1023) await wait(0);
    }
  });
  await wait(warmupSeconds * 1000);
  tally.begin();
  while (performance.now() - tally.began < seconds * 1000 && tally.measured < count) await wait(5);
  const result = tally.end();
  isRunning = false;
  await Promise.all(running);
  return { ...result, ...tally.faults };
}

/** So many requests a second, whatever becomes of them; latency counts from when a request was due, so a stall is not hidden. */
export async function openLoop(work, { perSecond, seconds, warmupSeconds = 1, inFlightMax = 4_096, pids, pace = 1 }) {
  const tally = new Tally(pids);
  const inFlight = new Set();
  const began = performance.now();
  const total = Math.round((warmupSeconds + seconds) * perSecond);
  for (let n = 0; n < total; ) {
    const now = performance.now() - began;
    if (!tally.isMeasuring && now >= warmupSeconds * 1000) tally.begin();
    for (; n < total && (n * 1000) / perSecond <= now; n++) {
      if (inFlight.size >= inFlightMax) {
        tally.add("not sent: too many are waiting", 0);
        continue;
      }
      const due = began + (n * 1000) / perSecond;
      const one = work(n)
        .catch(named)
        .then((verdict) => tally.add(verdict, performance.now() - due))
        .finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
    await wait(pace);
  }
  await Promise.all(inFlight);
  const result = tally.end();
  return { ...result, ...tally.faults };
}

const named = (error) => String(error?.code ?? error?.message ?? error).slice(0, 80);
