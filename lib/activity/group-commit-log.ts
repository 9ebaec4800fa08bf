import type { Database } from "@/lib/db/types";
import { faultWords, log } from "@/lib/report";
import { Batches } from "./batches";
import { type CallEnd, type CallLog, CallNotRecorded, type CallRow } from "./call-log";
import { completeCalls, insertCalls } from "./call-statements";

export type CommitLogSettings = { durable: boolean; queueMax?: number; batchMax?: number; retryMs?: number };

/** The *commit* way of the call log: rows go straight to the database, in groups (design 4.6). */
export function groupCommitLog(db: Database, { durable, queueMax = 2_000, batchMax = 500, retryMs = 250 }: CommitLogSettings): CallLog {
  const opening = new Batches<CallRow>((rows) => insertEach(db, rows, durable), batchMax);
  const closing = new Batches<Closing>((ends) => completeUntilDone(db, ends, durable, retryMs), batchMax);
  const refuseWhenFull = () => {
    if (opening.size + closing.size >= queueMax) throw new CallNotRecorded("the record of calls does not keep up");
  };
  return {
    async open(row) {
      refuseWhenFull();
      try {
        await opening.add(row);
      } catch (cause) {
        throw new CallNotRecorded("the record could not be written", { cause });
      }
    },
    close(id, end) {
      closing.add({ id, end }).catch((error) => report("a call could not be completed on record", error));
    },
    record(row) {
      refuseWhenFull();
      opening.add(row).catch((error) => report("a request could not be recorded", error));
    },
    async flush() {
      await opening.drained();
      await closing.drained();
    },
  };
}

type Closing = { id: string; end: CallEnd };

// A row may be refused for itself, e.g. because its organization was deleted meanwhile; that must not fail its neighbours.
async function insertEach(db: Database, rows: CallRow[], durable: boolean): Promise<PromiseSettledResult<unknown>[] | undefined> {
  try {
    await insertCalls(db, rows, durable);
    return undefined;
  } catch (error) {
    if (rows.length === 1 || !isRefusedRow(error)) throw error;
    return Promise.allSettled(rows.map((row) => insertCalls(db, [row], durable)));
  }
}

async function completeUntilDone(db: Database, ends: Closing[], durable: boolean, retryMs: number): Promise<undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await completeCalls(db, ends, durable);
      return;
    } catch (error) {
      if (attempt >= triesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs * attempt));
    }
  }
}

// With growing pauses this spans about a minute and a half; afterwards the rows stay open and end as interrupted.
const triesMax = 25;

function isRefusedRow(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; current = current.cause, depth++) {
    if ("code" in current && typeof current.code === "string") return /^(22|23)/.test(current.code);
  }
  return false;
}

function report(what: string, error: unknown): void {
  log("error", "call_log", { what, error: faultWords(error) });
}
