import type { Database } from "@/lib/db/types";
import { faultWords, log } from "@/lib/report";
import type { CallLog } from "./call-log";
import { callStatements } from "./call-statements";
import { endText, startText, valueMark, wholeText } from "./call-text";
import { SpoolDrain } from "./spool-drain";
import { bytesIn, SpoolFiles } from "./spool-files";
import { replayLeftovers } from "./spool-leftovers";
import { SpoolPump } from "./spool-pump";
import { recordText } from "./spool-records";
import { SpoolWriter } from "./spool-writer";

export type SpoolSettings = {
  directory: string;
  instance: string;
  chunkBytes?: number;
  segmentBytesMax?: number;
  bytesMax?: number;
  tickMs?: number;
  batchBytes?: number;
  holdMs?: number;
  retryMs?: number;
  flushMs?: number;
  restMs?: number;
  leftoversMs?: number;
};

/**
 * The *spool* way of the call log: a record is durable once it is appended to a file of this machine, in a few microseconds and whether or
 * not the database can be reached; from there it is drained in batches (design 4.6).
 */
export function spoolLog(db: Database, settings: SpoolSettings): CallLog {
  const { directory, instance, chunkBytes = 262_144, segmentBytesMax = 8_388_608, bytesMax = 1_073_741_824 } = settings;
  const { tickMs = 100, batchBytes = 24_576, holdMs = 1_000, retryMs = 250, flushMs = 10_000, restMs = 2_000, leftoversMs = 30_000 } = settings;
  const files = new SpoolFiles(directory, instance);
  // Segments are deleted once they are in the database, so its commits wait for the disk.
  const statements = callStatements(db, true);
  let bytes = bytesIn(directory);
  const drainSettings = {
    chunkBytes,
    holdMs,
    removed: (removed: number) => {
      bytes -= removed;
    },
    report,
  };
  const writer = new SpoolWriter(files, {
    segmentBytesMax,
    hasRoom: (more) => bytes + more <= bytesMax,
    wrote: (more) => {
      bytes += more;
      pump.wake(more);
    },
  });
  const drain = new SpoolDrain(files, statements, drainSettings);
  const pump = new SpoolPump(drain, () => writer.end, {
    tickMs,
    batchBytes,
    retryMs,
    failed: (error) => log("warn", "call_log", { what: "the database does not take records; calls go on and are kept in the spool", error: faultWords(error) }),
    recovered: () => log("info", "call_log", { what: "the database takes records again" }),
    done: () => rest.refresh(),
  });
  /** What is in the database needs no copy on the disk. */
  const tidy = () => {
    if (writer.hasWaiting || !drain.isDone(writer.end)) return;
    writer.seal();
    drain.goTo(writer.end);
    files.remove();
    bytes = bytesIn(directory);
  };
  const rest = setTimeout(tidy, restMs).unref();
  let replaying: Promise<void> | null = null;
  const replay = () => {
    files.touch(new Date());
    replaying ??= replayLeftovers(db, files, statements, drainSettings)
      .catch((error) => report("a spool could not be replayed", error))
      .finally(() => {
        replaying = null;
      });
  };
  setInterval(replay, leftoversMs).unref();
  replay();
  return {
    outlivesDatabase: true,
    isFull: () => bytes >= bytesMax,
    open(row) {
      writer.write(row.outcome === "pending" ? recordText("start", startText(row)) : recordText("row", wholeText(row)));
    },
    close(id, end) {
      writer.writeSoonAnyway(recordText("end", `${id}${valueMark}${endText(end)}`));
    },
    record(row) {
      writer.writeSoon(recordText("row", wholeText(row)));
    },
    async flush() {
      writer.writeWaiting();
      await replaying;
      if (await pump.drained(flushMs)) tidy();
      else log("warn", "call_log", { what: "records are left in the spool for the next start", bytes });
    },
  };
}

function report(what: string, error: unknown): void {
  log("error", "call_log", { what, error: faultWords(error) });
}
