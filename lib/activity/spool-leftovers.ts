import type { Database } from "@/lib/db/types";
import { log } from "@/lib/report";
import type { CallStatements } from "./call-statements";
import { markInstanceInterrupted } from "./interrupted";
import { type DrainSettings, SpoolDrain } from "./spool-drain";
import { instancesIn, type Place, SpoolFiles } from "./spool-files";

/** Replays what instances that do not live any more left in the directory; calls of theirs that have no end are interrupted. */
export async function replayLeftovers(db: Database, own: SpoolFiles, statements: CallStatements, settings: DrainSettings): Promise<void> {
  for (const instance of instancesIn(own.directory)) {
    const files = new SpoolFiles(own.directory, instance);
    if (instance === own.instance || files.isAlive(new Date())) continue;
    const last = files.segments().at(-1);
    if (last !== undefined) await drainAll(new SpoolDrain(files, statements, settings), { segment: last, offset: files.bytes(last) });
    const interrupted = await markInstanceInterrupted(db, new Date(), instance);
    if (last !== undefined) settings.removed(files.bytes(last));
    files.remove();
    log("info", "call_log", { what: "the spool of an instance that died was replayed", instance, interrupted });
  }
}

async function drainAll(drain: SpoolDrain, end: Place): Promise<void> {
  // A start waits for its end until everything has been read.
  for (let isRead = false; !drain.isDone(end); ) {
    isRead = !(await drain.step(end, isRead));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
