import { join } from "node:path";
import type { CallLog } from "@/lib/activity/call-log";
import { groupCommitLog } from "@/lib/activity/group-commit-log";
import { beat, instanceId } from "@/lib/activity/instance";
import { spoolLog } from "@/lib/activity/spool-log";
import { afterRefusal, loadTarget } from "@/lib/connections/target";
import { openedDatabase } from "@/lib/db";
import type { OpenDatabase } from "@/lib/db/open";
import { env } from "@/lib/env";
import { endParty, listenUpstream, sendUpstream, tellParty } from "@/lib/mcp/upstream";
import { peers } from "@/lib/peers";
import { syncServer } from "@/lib/servers/sync";
import { singleton } from "@/lib/singleton";
import { type Endpoint, makeEndpoint } from "./endpoint";
import { lifecycle } from "./health";

/** The process's endpoint, shared by every mount. This instance is known to the others before it opens a call. */
export function openEndpoint(): Promise<Endpoint> {
  return singleton("endpoint", async () => {
    const database = await openedDatabase();
    const { db } = database;
    await beat(db, new Date());
    const endpoint = makeEndpoint({
      db,
      isAlone: database.isAlone,
      atOnce: env().LIMIT_CALLS_AT_ONCE,
      perSecond: env().LIMIT_REQUESTS_PER_SECOND,
      log: callLog(database),
      send: sendUpstream,
      listen: listenUpstream,
      tell: tellParty,
      endParty,
      sync: (database, ref) => syncServer(database, ref, "schedule"),
      loadTarget,
      afterRefusal,
    });
    peers().onTold((told) => endpoint.hear(told));
    // Only one process can have the embedded database, so there is nobody to share with, and without it nothing works.
    if (database.door !== "pglite") {
      endpoint.rates.start();
      lifecycle().outlivesDatabase = () => endpoint.outlivesDatabase();
    }
    return endpoint;
  });
}

function callLog({ records, door }: OpenDatabase): CallLog {
  const embedded = door === "pglite";
  if (env().callLog === "spool") {
    // The embedded database works in this very process, so its batches are small: each holds up everything else for some milliseconds.
    const chunkBytes = embedded ? 32_768 : 262_144;
    return spoolLog(records, { directory: join(env().DATA_DIR, "spool"), instance: instanceId(), chunkBytes });
  }
  // The embedded database dies with this process, and an asynchronous commit would still be in its memory.
  return groupCommitLog(records, { durable: embedded || env().CALL_LOG_COMMIT === "on" });
}
