import { Caller } from "./caller.mjs";
import { call } from "./checks.mjs";
import { Connection } from "./connection.mjs";
import { wait } from "../lib/numbers.mjs";

/** Pages of the product, one after the other, for so long; a page that is not whole is an error. */
export async function pages({ port, host, cookie, paths, seconds }) {
  const connection = new Connection(port);
  const until = performance.now() + seconds * 1000;
  const errors = {};
  let count = 0;
  while (performance.now() < until) {
    const path = paths[count++ % paths.length];
    const { status, body } = await connection.send(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: text/html\r\ncookie: ${cookie}\r\n\r\n`);
    if (status !== 200 || !body.includes("</html>")) errors[`${path}: HTTP ${status}`] = (errors[`${path}: HTTP ${status}`] ?? 0) + 1;
  }
  connection.close();
  return { pages: count, pagesPerSecond: count / seconds, errors };
}

/**
 * Callers who each have so many calls of one tool under way all the time, whatever becomes of these. Tells how many were under way at
 * least, once they had begun, and how many ended; what is left at the end is called off.
 */
export async function pester({ callers, atOnce, seconds, pauseMs = 100 }) {
  const until = performance.now() + seconds * 1000;
  const busy = callers.map((endpoint) => ({ caller: new Caller(endpoint), ids: new Set(), least: atOnce, ended: 0 }));
  const workers = busy.flatMap((one) => Array.from({ length: atOnce }, () => keepCalling(one, until, pauseMs)));
  await wait(pauseMs);
  for (; performance.now() < until; await wait(20)) for (const one of busy) one.least = Math.min(one.least, one.ids.size);
  for (const { caller, ids } of busy) await callOff(caller, ids);
  await Promise.all(workers);
  return Object.fromEntries(busy.map(({ caller, least, ended }) => [caller.endpoint.tools[0], { least, ended }]));
}

async function keepCalling(one, until, pauseMs) {
  const [tool] = one.caller.endpoint.tools;
  while (performance.now() < until) {
    const { id, more, body } = one.caller.request("tools/call", `{"name":"${tool}","arguments":{}}`, tool);
    one.ids.add(id);
    const began = performance.now();
    await one.caller.post(more, body).catch(() => {});
    one.ids.delete(id);
    if (performance.now() >= until) return;
    one.ended++;
    // What fails at once is not asked again at once.
    await wait(Math.max(0, pauseMs - (performance.now() - began)));
  }
}

/** In the way of either era: by a message, or by leaving. */
async function callOff(caller, ids) {
  for (const id of ids) await caller.post("", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`);
  caller.leave();
}

/** Calls until the answer is of the wanted kind; when that was, on the clock that all processes share. */
export async function until({ endpoint, tool, isAllowed, everyMs, secondsMax }) {
  const caller = new Caller({ ...endpoint, sessions: false });
  const end = performance.now() + secondsMax * 1000;
  let verdict;
  while (performance.now() < end) {
    verdict = await call(caller, tool).catch(String);
    if ((verdict === "ok") === isAllowed) {
      caller.rest();
      return { at: String(process.hrtime.bigint()) };
    }
    await wait(everyMs);
  }
  throw new Error(`after ${secondsMax} s the last answer still was ${verdict}`);
}
