import { percentile } from "../lib/numbers.mjs";
import { Caller } from "./caller.mjs";

/** Calls that report progress. Each event says when it left the upstream; the machine's processes share that clock. */
export async function progress({ callers, tool, steps, everyMs }) {
  const lags = [];
  let wrong = 0;
  const errors = {};
  await Promise.all(
    callers.map(async ([endpoint], i) => {
      const caller = new Caller(endpoint);
      await caller.open();
      const message = `done-${i}-${Date.now()}`;
      const events = [];
      let rest = "";
      const params = `{"name":"${tool}","arguments":{"message":"${message}","steps":${steps},"everyMs":${everyMs}},"_meta":{"progressToken":"p${i}"}}`;
      const { status } = await caller.askStream("tools/call", params, tool, (part) => {
        const now = process.hrtime.bigint();
        const lines = (rest + part.toString()).split("\n");
        rest = lines.pop();
        for (const line of lines) if (/^data: *\S/.test(line)) events.push({ now, ...JSON.parse(line.slice(5)) });
      });
      await caller.close();
      const notes = events.filter(({ method }) => method === "notifications/progress");
      if (status !== 200) errors[`HTTP ${status}`] = (errors[`HTTP ${status}`] ?? 0) + 1;
      else if (notes.length !== steps || events.at(-1)?.result?.content?.[0]?.text !== message) wrong++;
      for (const { now, params: said } of notes) lags.push(Number(now - BigInt(said.message)) / 1e6);
    }),
  );
  lags.sort((a, b) => a - b);
  return { events: lags.length, p50: percentile(lags, 0.5), p99: percentile(lags, 0.99), max: lags.at(-1), wrong, errors, all: callers.length };
}
