import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { faultWords, log } from "@/lib/report";
import { Batches } from "./batches";
import { type CallLog, CallNotRecorded } from "./call-log";
import { callStatements } from "./call-statements";
import { endText, pendingText, startText, valueMark, wholeText } from "./call-text";
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
  /** How long a call may be under way before it has a row: most end sooner, and are written once. */
  holdMs?: number;
};

/** A batch of starts in the journal, and how many of its calls have no row yet. */
type Kept = { id: string; left: number };
/** A call that began. `kept` is null until its batch is written. */
type Begun = { start: string; end: string; at: number; kept: Kept | null };
/** What is to be written: a row, or the end of one that is there. */
type Line = { text: string; isRow: boolean; kept: Kept | null };

/**
 * The *commit* way of the call log: a call's start is committed, in a group, to the journal of the database before the call happens; its row
 * is inserted when it has ended, or has been under way for long (design 4.6).
 */
export function groupCommitLog(db: Database, { durable, ...settings }: CommitLogSettings): CallLog {
  const { queueMax = 5_000, startsMax = 1_000, batchMax = 500, retryMs = 250, endDelayMs = 25, holdMs = 1_000 } = settings;
  const { insert, complete, keep, forget } = callStatements(db, durable);
  let isAway = false;
  let starts = 0;
  let underWay = new Map<string, Begun>();

  const write = async (lines: readonly Line[]) => {
    const [rows, ends] = [true, false].map((isRow) => lines.filter((line) => line.isRow === isRow).map(({ text }) => text)) as [string[], string[]];
    if (rows.length > 0) await insert(rows);
    if (ends.length > 0) await complete(ends);
  };
  const writeAll = (lines: readonly Line[]) =>
    writeAround(lines, write).then(
      (refusals) => {
        isAway = false;
        return refusals;
      },
      (error: unknown) => {
        isAway = true;
        throw error;
      },
    );
  // Nobody waits for these, so they can wait for company.
  const closing = new Batches<Line>(
    async (lines) => {
      // A map that things come to and leave all the time keeps them for long (lib/bag.ts).
      underWay = new Map(underWay);
      const refusals = await retried(() => writeAll(lines), retryMs);
      const done = lines.flatMap(({ kept }) => (kept && --kept.left === 0 ? [kept.id] : []));
      // What cannot be taken out now is found later (`settleJournal`).
      if (done.length > 0) await forget(done).catch(() => {});
      return refusals;
    },
    { batchMax, delayMs: endDelayMs },
  );
  // Starts slow down when the database does not keep up with ends, for a while; then they are refused.
  const opening = new Batches<Begun>(
    async (begun) => {
      if (!isAway) await closing.below(endsMax, slowMs);
      const kept = { id: newId("jrn"), left: begun.length };
      for (const one of begun) one.kept = kept;
      const lines = begun.map(({ start, end }) => rowText(start, end));
      await onceMore(() => keep(kept.id, lines));
      return [];
    },
    { batchMax, failsTogether: true },
  );
  const isFull = () => starts >= startsMax || opening.size + closing.size >= queueMax;
  const refuseWhenFull = () => {
    if (isFull()) throw new CallNotRecorded("the record of calls does not keep up");
  };
  const add = (line: Line) => {
    closing.add(line).catch((error) => report("a call could not be recorded", error));
  };
  const addRow = ({ start, kept }: Begun, end: string) => add({ text: rowText(start, end), isRow: true, kept });
  /** Writes rows for calls that began before, so that one under way is seen, and found again. */
  const sweep = (before: number) => {
    for (const [id, begun] of underWay) {
      if (begun.at > before) break;
      underWay.delete(id);
      addRow(begun, pendingText);
    }
  };
  setInterval(() => sweep(performance.now() - holdMs), holdMs).unref();
  return {
    isFull,
    async open(row) {
      refuseWhenFull();
      starts++;
      const isOver = row.outcome !== "pending";
      const begun: Begun = { start: startText(row), end: isOver ? endText(row) : pendingText, at: performance.now(), kept: null };
      try {
        await opening.add(begun);
      } catch (cause) {
        // The answer may have been lost rather than the start, and that call would seem to have been made.
        if (closing.size < endsMax)
          addRow(begun, endText({ outcome: "refused", errorMessage: "its record was not confirmed", durationMs: 0, endedAt: new Date() }));
        throw new CallNotRecorded("the record could not be written", { cause });
      } finally {
        starts--;
      }
      if (isOver) addRow(begun, begun.end);
      else underWay.set(row.id, begun);
    },
    close(id, end) {
      const begun = underWay.get(id);
      underWay.delete(id);
      if (begun) addRow(begun, endText(end));
      else add({ text: rowText(id, endText(end)), isRow: false, kept: null });
    },
    record(row) {
      refuseWhenFull();
      add({ text: wholeText(row), isRow: true, kept: null });
    },
    async flush() {
      await opening.drained();
      sweep(performance.now());
      await closing.drained();
    },
  };
}

const endsMax = 1_000;
const slowMs = 2_000;

const rowText = (start: string, end: string) => `${start}${valueMark}${end}`;

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
