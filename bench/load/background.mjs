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

/** Calls these tools at a steady pace and waits for none of them. */
export async function pester({ endpoint, tools, perSecond, seconds }) {
  const caller = new Caller(endpoint);
  await caller.open();
  const total = seconds * perSecond;
  for (let n = 0; n < total; n++) {
    call(caller, tools[n % tools.length]).catch(() => {});
    await wait(1000 / perSecond);
  }
  return { sent: total };
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
