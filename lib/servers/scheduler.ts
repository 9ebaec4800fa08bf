import { and, asc, isNull, lte, or } from "drizzle-orm";
import { servers } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { syncServer } from "./sync";

const atOnce = 2;
const perRound = 20;

/** Synchronises the servers whose time has come, two at once. The lease in `syncServer` keeps instances out of each other's way. */
export async function syncDueServers(db: Database, now: Date): Promise<number> {
  const due = await db
    .select({ orgId: servers.orgId, serverId: servers.id })
    .from(servers)
    .where(and(or(isNull(servers.nextSyncAt), lte(servers.nextSyncAt, now)), or(isNull(servers.syncLeaseUntil), lte(servers.syncLeaseUntil, now))))
    .orderBy(asc(servers.nextSyncAt), asc(servers.id))
    .limit(perRound);
  const rest = [...due];
  const worker = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) await syncServer(db, next, "schedule", new Date());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return due.length;
}
