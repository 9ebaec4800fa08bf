import { type AccessEvent, recordAccess } from "@/lib/activity/record";
import type { Database } from "@/lib/db/types";
import { hit } from "@/lib/throttle/throttle";

/** Puts a refusal on record once a minute for each key, so that a client which asks again and again does not fill the table. */
export async function recordOncePerMinute(db: Database, key: string, event: AccessEvent, now: Date): Promise<void> {
  const { allowed } = await hit(db, `recorded:${key}`, { limit: 1, windowSeconds: 60 }, now);
  if (allowed) await recordAccess(db, now, event);
}
