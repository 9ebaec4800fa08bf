import { and, eq, gt, ne, notInArray, type SQL } from "drizzle-orm";
import { calls, instances } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { settleJournal } from "./call-journal";
import { instanceId } from "./instance";

const silenceMs = 60_000;
/** What has been in the journal for so long is of a process that died, or does not get on. */
const journalMs = 10_000;

/** Marks the open calls of every instance whose heartbeat stopped, those of the journal too; returns how many. */
export async function markInterrupted(db: Database, now: Date): Promise<number> {
  await settleJournal(db, new Date(now.getTime() - journalMs));
  const living = db
    .select({ id: instances.id })
    .from(instances)
    .where(gt(instances.heartbeatAt, new Date(now.getTime() - silenceMs)));
  return mark(db, now, notInArray(calls.instanceId, living));
}

/** The same at once for every instance but this one: where only one process can have the database (PGlite), the others are dead. */
export async function markForeignInterrupted(db: Database, now: Date): Promise<number> {
  await settleJournal(db, now);
  return mark(db, now, undefined);
}

/** The open calls of one instance that is known to be dead. */
export async function markInstanceInterrupted(db: Database, now: Date, instance: string): Promise<number> {
  return mark(db, now, eq(calls.instanceId, instance));
}

async function mark(db: Database, now: Date, dead: SQL | undefined): Promise<number> {
  const marked = await db
    .update(calls)
    .set({ outcome: "interrupted", errorMessage: "the process that served this call ended before it was answered", endedAt: now })
    .where(and(eq(calls.outcome, "pending"), ne(calls.instanceId, instanceId()), dead))
    .returning({ id: calls.id });
  return marked.length;
}
