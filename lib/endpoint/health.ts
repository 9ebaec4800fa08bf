import { sql } from "drizzle-orm";
import { database } from "@/lib/db";
import { singleton } from "@/lib/singleton";

type Lifecycle = {
  /** On its way out, so it must get no new traffic. */
  draining: boolean;
  /** Whether calls go on without the database now; never where nothing says so. */
  outlivesDatabase(): boolean;
};

export const lifecycle = () => singleton<Lifecycle>("lifecycle", () => ({ draining: false, outlivesDatabase: () => false }));

type Queryable = { execute(query: ReturnType<typeof sql>): PromiseLike<unknown> };
type Probing = { running: Promise<boolean> | null; answeredAt: number };

/** An answer is due within half a second, whatever else the process has to do. */
const answerMs = 400;
/** A database that is only busy has answered so lately. */
const trustMs = 4_000;
const probing = () => singleton<Probing>("readiness", () => ({ running: null, answeredAt: Number.NEGATIVE_INFINITY }));

/**
 * Ready: not draining, and the database, which is migrated when it is open, answers, or did a moment ago (AV-07, AV-09). A process that can
 * do its work without it for a while stays ready for so long: taken out, it would do none, and others have the same database.
 */
export async function isReady(db: Promise<Queryable> = database(), state: Probing = probing()): Promise<boolean> {
  if (lifecycle().draining) return false;
  // However often it is asked, one query is under way.
  state.running ??= probe(db, state);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(performance.now() - state.answeredAt < trustMs), answerMs);
  });
  const answers = await Promise.race([state.running, late]).finally(() => clearTimeout(timer));
  return answers || lifecycle().outlivesDatabase();
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
