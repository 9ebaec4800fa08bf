import { and, eq } from "drizzle-orm";
import { capabilities, toggles } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { groupCommitLog } from "@/lib/activity/group-commit-log";
import { type EndpointParts, makeEndpoint } from "@/lib/endpoint/endpoint";
import { endParty, listenUpstream, sendUpstream, tellParty } from "@/lib/mcp/upstream";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { afterRefusal, loadTarget } from "@/lib/connections/target";
import { syncServer } from "@/lib/servers/sync";
import { aLivePortal } from "@/tests/mcp/harness";
import { anAssignment } from "@/tests/support/factories";
import { watchedUri } from "./feature-server";

/** Under this name the portal shows the server's `note://watched`. */
export const exposedUri = `gatehouse+features:${watchedUri}`;

/** The real way to the upstream, as the process wires it. */
export const realParts: Omit<EndpointParts, "db" | "log"> = {
  send: sendUpstream,
  listen: listenUpstream,
  tell: tellParty,
  endParty,
  sync: (db, ref) => syncServer(db, ref, "schedule"),
  loadTarget,
  afterRefusal,
};

/** Another process over the same database: it knows nothing that is not stored there. */
export const freshEndpoint = (db: Database, parts: Partial<EndpointParts> = {}) =>
  makeEndpoint({ db, log: groupCommitLog(db, { durable: false }), ...realParts, ...parts });

/** A portal with one synchronised server, everything of it switched on, its resource under a rewritten URI. */
export async function aFeaturePortal(db: Database, url: string) {
  const live = await aLivePortal(db, { url, ...realParts });
  const { id: orgId } = live.org;
  // The harness's own invention; what counts is what the server says of itself.
  await db.delete(capabilities).where(eq(capabilities.id, live.tool.id));
  const synced = await syncServer(db, { orgId, serverId: live.server.id }, "schedule");
  if (synced.kind !== "done") throw new Error(`the upstream could not be read: ${JSON.stringify(synced)}`);
  const found = await db.select().from(capabilities).where(eq(capabilities.serverId, live.server.id));
  await anAssignment(db, orgId, live.portal.id, live.server.id, found);
  await db
    .update(toggles)
    .set({ exposedName: exposedUri })
    .where(and(eq(toggles.portalId, live.portal.id), eq(toggles.exposedName, watchedUri)));
  await bumpAccessVersion(db, orgId);
  return live;
}
