// How much a healthy server behind a portal suffers from three that hang, reset and drip: `tools/list` and `tools/call` of the
// healthy one, first in a portal without them, then in one with them while they are being called, in turns in the same run.
// `--rounds=5 --seconds=3 --workers=4`; needs `npm run build`. Loopback only.
import { endAll, startLane, startUpstream } from "./lanes.mjs";
import { callTool, listTools, measureWith } from "./load.mjs";
import { median, round3 } from "./numbers.mjs";

const option = (name, fallback) => Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback);
const rounds = Math.min(option("rounds", 5), 20);
const seconds = Math.min(option("seconds", 3), 30);
const workers = Math.min(option("workers", 4), 16);
const badPerSecond = 10;

try {
  const healthy = await startUpstream();
  const bad = await startUpstream("bad-upstream.mjs");
  const { origin, alone, together } = await startLane("fast", "bench/isolation-seed.ts", [healthy.port, bad.port]);
  const results = [];
  for (let round = 0; round < rounds; round++) {
    for (const [name, request] of [
      ["tools/list", listTools],
      ["tools/call", callTool],
    ]) {
      const without = await measureWith(request, { url: `${origin}${alone.path}`, token: alone.token, workers, seconds });
      const stop = callBad(`${origin}${together.path}`, together.otherToken);
      const withThem = await measureWith(request, { url: `${origin}${together.path}`, token: together.token, workers, seconds });
      const badCalls = await stop();
      results.push({ name, without: without.p50, with: withThem.p50, ratio: withThem.p50 / without.p50, errors: without.errors + withThem.errors, badCalls });
    }
  }
  console.table(
    ["tools/list", "tools/call"].map((name) => {
      const runs = results.filter((one) => one.name === name);
      const of = (key) => round3(median(runs.map((one) => one[key])));
      return {
        name,
        p50Without: of("without"),
        p50With: of("with"),
        ratio: of("ratio"),
        errors: runs.reduce((sum, { errors }) => sum + errors, 0),
        badCalls: of("badCalls"),
      };
    }),
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await endAll();
}

/** Keeps calling the bad servers at a steady pace, whatever becomes of the calls; the function ends it and says how many it were. */
function callBad(url, token) {
  let calls = 0;
  const abort = new AbortController();
  const timer = setInterval(() => {
    const name = ["hang", "reset", "drip"][calls++ % 3];
    const body = JSON.stringify({ jsonrpc: "2.0", id: calls, method: "tools/call", params: { name, arguments: {} } });
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
    };
    fetch(url, { method: "POST", headers, body, signal: abort.signal })
      .then(
        (response) => response.text(),
        () => {},
      )
      .catch(() => {});
  }, 1_000 / badPerSecond);
  return async () => {
    clearInterval(timer);
    abort.abort();
    return calls;
  };
}
