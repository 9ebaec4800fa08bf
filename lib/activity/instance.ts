import { instances } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { singleton } from "@/lib/singleton";

/** This process's name in the record of calls. */
export const instanceId = () => singleton("instance", () => newId("ins"));

/** Says that this process lives; calls of an instance that stops saying so are marked interrupted. */
export async function beat(db: Database, now: Date, id = instanceId()): Promise<void> {
  await db
    .insert(instances)
    .values({ id, startedAt: now, heartbeatAt: now })
    .onConflictDoUpdate({ target: instances.id, set: { heartbeatAt: now } });
}
