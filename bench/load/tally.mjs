import { percentile, sum } from "../lib/numbers.mjs";
import { busyMs, usages } from "../lib/usage.mjs";

/** Counts verdicts: latencies only while it measures, wrong answers and errors always, so that a bad warm-up is not overlooked. */
export class Tally {
  latencies = [];
  sentLatencies = [];
  errors = {};
  wrong = 0;
  all = 0;
  measured = 0;
  elapsedMs = 0;
  watchedMs = 0;
  spentMs = {};
  isMeasuring = false;

  constructor(pids = {}) {
    this.pids = pids;
  }

  add(verdict, ms, sentMs = ms) {
    this.all++;
    if (this.isMeasuring) this.measured++;
    if (verdict === "ok") {
      if (!this.isMeasuring) return;
      this.latencies.push(ms);
      this.sentLatencies.push(sentMs);
    } else if (verdict === "wrong") this.wrong++;
    else this.errors[verdict] = (this.errors[verdict] ?? 0) + 1;
  }

  begin() {
    this.before = this.readings();
    this.began = performance.now();
    this.isMeasuring = true;
  }

  /** What happens until the next `begin` does not count. */
  pause() {
    this.isMeasuring = false;
    this.elapsedMs += performance.now() - this.began;
    const after = this.readings();
    this.watchedMs += performance.now() - this.began;
    for (const [name, ms] of Object.entries(after)) this.spentMs[name] = (this.spentMs[name] ?? 0) + ms - this.before[name];
  }

  result() {
    const { latencies, sentLatencies, spentMs, elapsedMs } = this;
    for (const all of [latencies, sentLatencies]) all.sort((a, b) => a - b);
    const { busy, ...known } = spentMs;
    const perCall = Object.entries(known).map(([name, ms]) => [`${name}CpuMs`, ms / latencies.length]);
    return {
      ok: latencies.length,
      perSecond: (latencies.length * 1000) / elapsedMs,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      /** From when it was sent, where that is not when it was due. */
      sentP50: percentile(sentLatencies, 0.5),
      sentP99: percentile(sentLatencies, 0.99),
      max: latencies.at(-1) ?? Number.NaN,
      ...Object.fromEntries(perCall),
      rssMiB: this.pids.server ? usages(this.pids).server.rssMiB : Number.NaN,
      /** How many cores were busy with what is no part of this run: how much it was disturbed. */
      othersCores: Math.max(0, busy - sum(Object.values(known))) / this.watchedMs,
      wrong: this.wrong,
      errors: this.errors,
      all: this.all,
    };
  }

  readings() {
    const { user, system } = process.cpuUsage();
    const known = Object.entries(usages(this.pids)).map(([name, { cpuMs }]) => [name, cpuMs]);
    return { ...Object.fromEntries(known), load: (user + system) / 1000, busy: busyMs() };
  }
}
