import type { Database } from "@/lib/db/types";
import { faultWords, log } from "@/lib/report";
import { Batches } from "./batches";
import { type CallEnd, type CallLog, CallNotRecorded } from "./call-log";
import { callStatements } from "./call-statements";
import { endText, valueMark, wholeText } from "./call-text";
import { isRefusedRow, writeAround } from "./refused-rows";

export type CommitLogSettings = {
  durable: boolean;
  /** How many rows may wait altogether, */
  queueMax?: number;
  /** and how many that a call waits for: two batches, since one that would wait for longer is better refused. */
  startsMax?: number;
  batchMax?: number;
  retryMs?: number;
  endDelayMs?: number;
};

/** The *commit* way of the call log: rows go straight to the database, in groups (design 4.6). */
export function groupCommitLog(db: Database, { durable, ...settings }: CommitLogSettings): CallLog {
  const { queueMax = 5_000, startsMax = 1_000, batchMax = 500, retryMs = 250, endDelayMs = 25 } = settings;
  const { insert, complete } = callStatements(db, durable);
  let isAway = false;
  const completeAll = (ends: readonly string[]) =>
    writeAround(ends, complete).then(
      (refusals) => {
        isAway = false;
        return refusals;
      },
      (error: unknown) => {
        isAway = true;
        throw error;
      },
    );
  // Nobody waits for an end, so it can wait for company.
  const closing = new Batches<string>((ends) => retried(() => completeAll(ends), retryMs), { batchMax, delayMs: endDelayMs });
  // Starts slow down when the database does not keep up with ends, for a while; then they are refused.
  const opening = new Batches<string>(
    async (rows) => {
      if (!isAway) await closing.below(endsMax, slowMs);
      return writeAround(rows, (some) => onceMore(() => insert(some)));
    },
    { batchMax, failsTogether: true },
  );
  let starts = 0;
  const isFull = () => starts >= startsMax || opening.size + closing.size >= queueMax;
  const refuseWhenFull = () => {
    if (isFull()) throw new CallNotRecorded("the record of calls does not keep up");
  };
  const close = (id: string, end: CallEnd) => {
    closing.add(`${id}${valueMark}${endText(end)}`).catch((error) => report("a call could not be completed on record", error));
  };
  return {
    isFull,
    async open(row) {
      refuseWhenFull();
      starts++;
      try {
        await opening.add(wholeText(row));
      } catch (cause) {
        // The answer may have been lost rather than the row, and that call would stay open for ever.
        if (closing.size < endsMax) close(row.id, { outcome: "refused", errorMessage: "its record was not confirmed", durationMs: 0, endedAt: new Date() });
        throw new CallNotRecorded("the record could not be written", { cause });
      } finally {
        starts--;
      }
    },
    close,
    record(row) {
      refuseWhenFull();
      opening.add(wholeText(row)).catch((error) => report("a request could not be recorded", error));
    },
    async flush() {
      await opening.drained();
      await closing.drained();
    },
  };
}

const endsMax = 1_000;
const slowMs = 2_000;

/** A connection that broke while nobody used it shows at its next use; a database that is away fails twice. */
async function onceMore(work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  try {
    await work();
  } catch (error) {
    if (isRefusedRow(error) || performance.now() - began > slowMs) throw error;
    await work();
  }
}

async function retried<T>(work: () => Promise<T>, retryMs: number): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= triesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs * attempt));
    }
  }
}

// With growing pauses this spans about a minute and a half; afterwards the rows stay open and end as interrupted.
const triesMax = 25;

function report(what: string, error: unknown): void {
  log("error", "call_log", { what, error: faultWords(error) });
}
