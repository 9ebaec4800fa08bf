import { wait } from "../lib/numbers.mjs";
import { Caller } from "./caller.mjs";
import { call } from "./checks.mjs";

let sessions = [];
let streams = [];

/** Opens sessions and leaves them, without a connection each: what is left is what the server keeps. */
export async function openSessions({ callers }) {
  sessions = callers.map(([endpoint]) => new Caller(endpoint));
  await sixteenAtOnce(sessions, async (caller) => {
    await caller.open();
    caller.rest();
  });
  return { open: sessions.length };
}

/** Opens the stream of each session; `live` are those that the server let in and that are open still. */
export async function openStreams() {
  let live = 0;
  const statuses = {};
  await sixteenAtOnce(sessions, async (caller) => {
    const { connection, opened } = caller.stream();
    const status = await Promise.race([opened, wait(10_000).then(() => "no answer")]).catch((error) => String(error.code ?? error.message));
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 200) live++;
    streams.push(connection);
  });
  return { live, statuses };
}

/** Calls through some of the sessions, so that nothing dead is counted as cheap; then ends all. */
export async function closeSessions({ sample, tool }) {
  const verdicts = [];
  for (const caller of sessions.filter((_, i) => i % Math.ceil(sessions.length / sample) === 0)) verdicts.push(await call(caller, tool).catch(String));
  for (const connection of streams) connection.close();
  await sixteenAtOnce(sessions, (caller) => caller.close());
  [sessions, streams] = [[], []];
  return { sampled: verdicts.length, ok: verdicts.filter((verdict) => verdict === "ok").length };
}

async function sixteenAtOnce(all, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < all.length) await work(all[next++]);
    }),
  );
}
