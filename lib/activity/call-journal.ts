import { asc, lt } from "drizzle-orm";
import { callJournal } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { idAt } from "@/lib/ids";
import { faultWords, log } from "@/lib/report";
import { callStatements } from "./call-statements";
import { rowMark } from "./call-text";
import { writeAround } from "./refused-rows";

/**
 * Gives the calls of the journal that began before a moment their rows, open ones where their process has not written how they ended, and takes them
 * out of it. That process may live: what it writes later completes the row.
 */
export async function settleJournal(db: Database, before: Date): Promise<void> {
  const { insert, forget } = callStatements(db, true);
  for (let batches = await batchesBefore(db, before); batches.length > 0; batches = await batchesBefore(db, before)) {
    for (const { id, lines } of batches) {
      for (const { error } of await writeAround(lines.split(rowMark), insert))
        log("error", "call_log", { what: "a call could not be recorded", error: faultWords(error) });
      await forget([id]);
    }
  }
}

const batchesBefore = (db: Database, before: Date) =>
  db
    .select()
    .from(callJournal)
    .where(lt(callJournal.id, idAt("jrn", before)))
    .orderBy(asc(callJournal.id))
    .limit(100);
