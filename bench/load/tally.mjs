import { percentile } from "../lib/numbers.mjs";
import { usages } from "../lib/usage.mjs";

/** Counts verdicts: latencies only while it measures, wrong answers and errors always, so that a bad warm-up is not overlooked. */
export class Tally {
  latencies = [];
  errors = {};
  wrong = 0;
  all = 0;
  measured = 0;
  isMeasuring = false;

  constructor(pids) {
    this.pids = pids;
  }

  add(verdict, ms) {
    this.all++;
    if (this.isMeasuring) this.measured++;
    if (verdict === "ok") {
      if (this.isMeasuring) this.latencies.push(ms);
    } else if (verdict === "wrong") this.wrong++;
    else this.errors[verdict] = (this.errors[verdict] ?? 0) + 1;
  }

  begin() {
    this.before = usages(this.pids);
    this.own = process.cpuUsage();
    this.began = performance.now();
    this.isMeasuring = true;
  }

  end() {
    this.isMeasuring = false;
    const seconds = (performance.now() - this.began) / 1000;
    const own = process.cpuUsage(this.own);
    const after = usages(this.pids);
    const { latencies } = this;
    latencies.sort((a, b) => a - b);
    const perCall = (ms) => ms / latencies.length;
    const cpu = Object.fromEntries(Object.entries(after).map(([name, { cpuMs }]) => [`${name}CpuMs`, perCall(cpuMs - this.before[name].cpuMs)]));
    return {
      ok: latencies.length,
      perSecond: latencies.length / seconds,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      max: latencies.at(-1) ?? Number.NaN,
      ...cpu,
      rssMiB: after.server?.rssMiB,
      loadCpuMs: perCall((own.user + own.system) / 1000),
    };
  }

  /** What may not be lost with the warm-up. */
  get faults() {
    return { wrong: this.wrong, errors: this.errors, all: this.all };
  }
}
