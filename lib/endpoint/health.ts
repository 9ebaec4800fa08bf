import { sql } from "drizzle-orm";
import { database } from "@/lib/db";
import { singleton } from "@/lib/singleton";

/** Whether this process is on its way out; then it must get no new traffic. */
export const lifecycle = () => singleton("lifecycle", () => ({ draining: false }));

type Queryable = { execute(query: ReturnType<typeof sql>): PromiseLike<unknown> };
type Probing = { running: Promise<boolean> | null; answeredAt: number };

/** An answer is due within half a second, whatever else the process has to do. */
const answerMs = 400;
/** A database that is only busy has answered so lately. */
const trustMs = 4_000;
const probing = () => singleton<Probing>("readiness", () => ({ running: null, answeredAt: Number.NEGATIVE_INFINITY }));

/** Ready: not draining, and the database, which is migrated when it is open, answers, or did a moment ago (AV-07, AV-09). */
export async function isReady(db: Promise<Queryable> = database(), state: Probing = probing()): Promise<boolean> {
  if (lifecycle().draining) return false;
  // However often it is asked, one query is under way.
  state.running ??= probe(db, state);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(performance.now() - state.answeredAt < trustMs), answerMs);
  });
  return Promise.race([state.running, late]).finally(() => clearTimeout(timer));
}

async function probe(db: Promise<Queryable>, state: Probing): Promise<boolean> {
  try {
    await (await db).execute(sql`select 1`);
    state.answeredAt = performance.now();
    return true;
  } catch {
    return false;
  } finally {
    state.running = null;
  }
}
