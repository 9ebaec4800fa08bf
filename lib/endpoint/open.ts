import { groupCommitLog } from "@/lib/activity/group-commit-log";
import { beat } from "@/lib/activity/instance";
import { afterRefusal, loadTarget } from "@/lib/connections/target";
import { openedDatabase } from "@/lib/db";
import { env } from "@/lib/env";
import { endParty, listenUpstream, sendUpstream, tellParty } from "@/lib/mcp/upstream";
import { syncServer } from "@/lib/servers/sync";
import { singleton } from "@/lib/singleton";
import { type Endpoint, makeEndpoint } from "./endpoint";

/** The process's endpoint, shared by every mount. This instance is known to the others before it opens a call. */
export function openEndpoint(): Promise<Endpoint> {
  return singleton("endpoint", async () => {
    const { db, door } = await openedDatabase();
    await beat(db, new Date());
    // The embedded database dies with this process, and an asynchronous commit would still be in its memory.
    const durable = door === "pglite" || env().CALL_LOG_COMMIT === "on";
    return makeEndpoint({
      db,
      isAlone: door === "pglite",
      log: groupCommitLog(db, { durable }),
      send: sendUpstream,
      listen: listenUpstream,
      tell: tellParty,
      endParty,
      sync: (database, ref) => syncServer(database, ref, "schedule"),
      loadTarget,
      afterRefusal,
    });
  });
}
