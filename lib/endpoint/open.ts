import { groupCommitLog } from "@/lib/activity/group-commit-log";
import { beat } from "@/lib/activity/instance";
import { database } from "@/lib/db";
import { env } from "@/lib/env";
import { sendUpstream } from "@/lib/mcp/upstream";
import { loadTarget } from "@/lib/servers/credential";
import { singleton } from "@/lib/singleton";
import { type Endpoint, makeEndpoint } from "./endpoint";

/** The process's endpoint, shared by every mount. This instance is known to the others before it opens a call. */
export function openEndpoint(): Promise<Endpoint> {
  return singleton("endpoint", async () => {
    const db = await database();
    await beat(db, new Date());
    return makeEndpoint({ db, log: groupCommitLog(db, { durable: env().CALL_LOG_COMMIT === "on" }), send: sendUpstream, loadTarget });
  });
}
