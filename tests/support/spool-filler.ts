// A process that puts 300 calls on record in a spool whose disk is too small for it, and says what became of each: its id when it was
// taken, "refused" when not. Arguments: the spool's directory and the organization. Run it under `ulimit -f`.
import { spoolLog } from "@/lib/activity/spool-log";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { aCallRow } from "./call-records";

const [directory = "", orgId = ""] = process.argv.slice(2);
const instance = newId("ins");
const database = { _: { session: { prepareQuery: () => ({ execute: () => new Promise(() => {}) }) } } } as unknown as Database;
const log = spoolLog(database, { directory, instance });
const said: string[] = [];

for (let i = 0; i < 300; i++) {
  const row = aCallRow(orgId, { instanceId: instance, requestedName: "x".repeat((i * 37) % 400) });
  try {
    log.open(row);
    said.push(row.id);
    log.close(row.id, { outcome: "ok", durationMs: 1, endedAt: new Date() });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "CallNotRecorded") throw error;
    said.push("refused");
  }
  if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
}
// The last ends go at the end of this turn.
await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${said.join("\n")}\n`, () => process.exit(0));
