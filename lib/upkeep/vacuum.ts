import { gt } from "drizzle-orm";
import { calls } from "@/drizzle/schema";
import type { OpenDatabase } from "@/lib/db/open";
import { idAt } from "@/lib/ids";

const firstMs = 10 * 60_000;
const dayMs = 86_400_000;
const quietMs = 60_000;

/**
 * Once a day, in the first minute without a call, or a day later in any case: the embedded database has no autovacuum, so the space of deleted
 * rows would never be used again, its planner would know nothing of its tables, and transactions would run out in the end.
 */
export function dailyVacuum(begun: Date): (database: Pick<OpenDatabase, "db" | "vacuum">, now: Date) => Promise<void> {
  let due = begun.getTime() + firstMs;
  return async ({ db, vacuum }, now) => {
    const lateMs = now.getTime() - due;
    if (!vacuum || lateMs < 0) return;
    const recent = db
      .select({ id: calls.id })
      .from(calls)
      .where(gt(calls.id, idAt("cal", new Date(now.getTime() - quietMs))))
      .limit(1);
    if (lateMs < dayMs && (await recent).length > 0) return;
    await vacuum();
    due = now.getTime() + dayMs;
  };
}
