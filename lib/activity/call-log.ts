import type { calls } from "@/drizzle/schema";
import type { CallOutcome } from "@/drizzle/schema/activity";

export type CallRow = typeof calls.$inferInsert;

/** How a call ended. */
export type CallEnd = {
  outcome: Exclude<CallOutcome, "pending">;
  errorCode?: number | null;
  errorMessage?: string | null;
  responseBytes?: number | null;
  durationMs: number;
  upstreamMs?: number | null;
  endedAt: Date;
};

/** The record of calls (design 4.6). The rule it keeps: no upstream is contacted before the call's row is durable. */
export type CallLog = {
  /**
   * The row is durable when this returns, or when the promise resolves; throws or rejects with `CallNotRecorded` when it is not, and then
   * the call must not happen. Only a promise needs to be waited for.
   */
  open(row: CallRow): void | Promise<void>;
  /** Completes a row. Queued at once, written in the background, retried until it is written; `flush` waits for it. */
  close(id: string, end: CallEnd): void;
  /** A row that is complete already and that nothing waits for, such as a list. Throws `CallNotRecorded` when the queue is full. */
  record(row: CallRow): void;
  /** Whether it takes nothing more now, so that a call need not begin. */
  isFull?(): boolean;
  /** Whether it takes records while the database is away. */
  outlivesDatabase?: true;
  /** Resolves when everything handed over so far is written, or has failed for good. */
  flush(): Promise<void>;
};

/** The row is not durable: it was refused, the database is away, the disk is full, or the queue is full and pushes back. */
export class CallNotRecorded extends Error {
  override name = "CallNotRecorded";
}
