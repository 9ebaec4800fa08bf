// Compares one `tools/call` straight to an upstream with the same call through Gatehouse, on both mounts of the built server.
// `--rounds=3 --seconds=4 --workers=16 --lanes=fast,route`; needs `npm run build`. Loopback only; writes bench/results/latest.json.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { endAll, startLane, startUpstream } from "./lanes.mjs";
import { measure } from "./load.mjs";
import { median, round3 } from "./numbers.mjs";

const option = (name, fallback) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const rounds = Math.min(Number(option("rounds", 3)), 20);
const seconds = Math.min(Number(option("seconds", 4)), 30);
const workers = Math.min(Number(option("workers", 16)), 16);
const lanes = option("lanes", "fast,route").split(",");

try {
  const upstream = await startUpstream();
  const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`;
  const targets = [{ name: "direct", url: upstreamUrl, pid: upstream.pid }];
  for (const name of lanes) {
    const { origin, path, token, pid } = await startLane(name, "bench/seed.ts", [upstreamUrl]);
    targets.push({ name, url: `${origin}${path}`, token, pid });
  }
  const results = Object.fromEntries(targets.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // The order rotates, so that no target always runs on a machine warmed by another.
    for (let i = 0; i < targets.length; i++) {
      const target = targets[(i + round) % targets.length];
      results[target.name].push(await measure({ ...target, workers, seconds }));
    }
  }
  report(results);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await endAll();
}

function report(results) {
  const direct = results.direct;
  const rows = Object.entries(results).map(([name, runs]) => ({
    name,
    ...Object.fromEntries(["callsPerSecond", "p50", "p99", "cpuMsPerCall", "errors"].map((key) => [key, round3(median(runs.map((one) => one[key])))])),
    // Ratios are taken within a round and then their median, which cancels what the whole machine did meanwhile.
    rateToDirect: round3(median(runs.map((one, i) => one.callsPerSecond / direct[i].callsPerSecond))),
    p99ToDirect: round3(median(runs.map((one, i) => one.p99 / direct[i].p99))),
    cpuToDirect: round3(median(runs.map((one, i) => one.cpuMsPerCall / direct[i].cpuMsPerCall))),
  }));
  console.table(rows);
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const about = {
    at: new Date().toISOString(),
    node: process.version,
    cores: cpus().length,
    rounds,
    seconds,
    workers,
    database: process.env.TEST_DATABASE_URL ? "PostgreSQL" : "PGlite",
  };
  writeFileSync(join(folder, "latest.json"), `${JSON.stringify({ ...about, rows, results }, null, 2)}\n`);
}
