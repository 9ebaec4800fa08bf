import { countDays } from "@/lib/activity/call-days";
import { beat } from "@/lib/activity/instance";
import { markInterrupted } from "@/lib/activity/interrupted";
import { openedDatabase } from "@/lib/db";
import type { OpenDatabase } from "@/lib/db/open";
import { deliverNotices } from "@/lib/notices/deliver";
import { watchServers } from "@/lib/notices/watch";
import { faultWords, log } from "@/lib/report";
import { syncDueServers } from "@/lib/servers/scheduler";
import { singleton } from "@/lib/singleton";
import { cleanUp } from "./clean-up";
import { dailyVacuum } from "./vacuum";

export type Upkeep = { stop(): Promise<void> };

type Chore = { name: string; everyMs: number; work(database: OpenDatabase, now: Date): Promise<unknown> };

const chores: Chore[] = [
  { name: "heartbeat", everyMs: 10_000, work: ({ db }, now) => beat(db, now) },
  { name: "servers", everyMs: 60_000, work: ({ db }, now) => syncDueServers(db, now) },
  { name: "troubles", everyMs: 20_000, work: ({ db }, now) => watchServers(db, now) },
  { name: "notices by mail", everyMs: 20_000, work: ({ db }) => deliverNotices(db, "mail") },
  { name: "notices by webhook", everyMs: 20_000, work: ({ db }) => deliverNotices(db, "webhook") },
  { name: "interrupted", everyMs: 60_000, work: ({ db }, now) => markInterrupted(db, now) },
  { name: "days of calls", everyMs: 60_000, work: ({ db }, now) => countDays(db, now) },
  { name: "clean-up", everyMs: 60_000, work: ({ db }, now) => cleanUp(db, now) },
  { name: "vacuum", everyMs: 60_000, work: dailyVacuum(new Date()) },
];

/** What keeps the installation tidy, once a process. Each chore runs by itself, so a slow one delays no other. */
export function startUpkeep(): Upkeep {
  return singleton("upkeep", () => {
    const stopping = new AbortController();
    const running = chores.map((chore) => repeat(chore, stopping.signal));
    return {
      async stop() {
        stopping.abort();
        await Promise.all(running);
      },
    };
  });
}

async function repeat({ name, everyMs, work }: Chore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await work(await openedDatabase(), new Date());
    } catch (error) {
      log("warn", "upkeep", { chore: name, error: faultWords(error) });
    }
    // Jitter keeps many instances from doing everything at the same moment.
    await pause(everyMs * (0.8 + Math.random() * 0.2), signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
