import { sql } from "drizzle-orm";
import { throttles } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";

const windowMs = 3_600_000;

/**
 * Adds what this instance used of each key and returns what all instances used since the key's window began: one statement for
 * all of them. The keys are ids, in order, so that two instances never wait for each other's rows.
 */
export async function addConsumption(db: Database, used: readonly { key: string; used: number }[], now: Date): Promise<ReadonlyMap<string, number>> {
  const windowEndsAt = new Date(now.getTime() + windowMs);
  const isOver = sql`${throttles.windowEndsAt} <= ${now.toISOString()}::timestamptz`;
  const ordered = [...used].sort((a, b) => (a.key < b.key ? -1 : 1));
  const rows = await db
    .insert(throttles)
    .values(ordered.map(({ key, used: count }) => ({ key: prefix + key, count, windowEndsAt })))
    .onConflictDoUpdate({
      target: throttles.key,
      set: {
        count: sql`case when ${isOver} then excluded.count else ${throttles.count} + excluded.count end`,
        windowEndsAt: sql`case when ${isOver} then excluded.window_ends_at else ${throttles.windowEndsAt} end`,
      },
    })
    .returning({ key: throttles.key, count: throttles.count });
  return new Map(rows.map(({ key, count }) => [key.slice(prefix.length), count]));
}

const prefix = "rate ";
