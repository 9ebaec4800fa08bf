import { eq, sql } from "drizzle-orm";
import { throttles } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";

export type Limit = { limit: number; windowSeconds: number };
export type Throttled = { allowed: boolean; retryAfterSeconds: number };

/** Counts one attempt in a fixed window shared by all instances, and says whether it is still within the limit. One statement, so attempts at once are all counted. */
export async function hit(db: Database, key: string, { limit, windowSeconds }: Limit, now: Date): Promise<Throttled> {
  const windowEndsAt = new Date(now.getTime() + windowSeconds * 1_000);
  const isOver = sql`${throttles.windowEndsAt} <= ${now.toISOString()}::timestamptz`;
  const [row] = await db
    .insert(throttles)
    .values({ key: stored(key), count: 1, windowEndsAt })
    .onConflictDoUpdate({
      target: throttles.key,
      set: {
        count: sql`case when ${isOver} then 1 else ${throttles.count} + 1 end`,
        windowEndsAt: sql`case when ${isOver} then excluded.window_ends_at else ${throttles.windowEndsAt} end`,
      },
    })
    .returning({ count: throttles.count, windowEndsAt: throttles.windowEndsAt });
  const count = row?.count ?? limit + 1;
  const left = Math.ceil(((row?.windowEndsAt ?? windowEndsAt).getTime() - now.getTime()) / 1_000);
  return count <= limit ? { allowed: true, retryAfterSeconds: 0 } : { allowed: false, retryAfterSeconds: Math.max(1, left) };
}

/** Takes one attempt back, where only failures should count. */
export async function giveBack(db: Database, key: string): Promise<void> {
  await db
    .update(throttles)
    .set({ count: sql`greatest(${throttles.count} - 1, 0)` })
    .where(eq(throttles.key, stored(key)));
}

export async function clear(db: Database, key: string): Promise<void> {
  await db.delete(throttles).where(eq(throttles.key, stored(key)));
}

// Keys hold e-mail and network addresses, and whatever a stranger typed.
const stored = (key: string) => hashToken(key);
