// A process that puts calls on record in a spool and makes them, until it is killed; its database never answers.
// Arguments: the spool's directory, the organization, the address that counts calls.
import { spoolLog } from "@/lib/activity/spool-log";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { aCallRow } from "./call-records";

const [directory = "", orgId = "", url = ""] = process.argv.slice(2);
const instance = newId("ins");
const database = { _: { session: { prepareQuery: () => ({ execute: () => new Promise(() => {}) }) } } } as unknown as Database;
const log = spoolLog(database, { directory, instance, segmentBytesMax: 20_000 });

async function work(): Promise<void> {
  for (;;) {
    const row = aCallRow(orgId, { instanceId: instance });
    log.open(row);
    await (await fetch(`${url}?${row.id}`)).text();
    log.close(row.id, { outcome: "ok", durationMs: 1, endedAt: new Date() });
  }
}

await Promise.all(Array.from({ length: 8 }, work));
