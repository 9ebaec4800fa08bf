import { and, eq, isNull } from "drizzle-orm";
import { grants } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { Database } from "@/lib/db/types";
import type { Caller } from "@/lib/gateway/ports";
import type { ServerView } from "@/lib/gateway/types";
import { bumpAccessVersion } from "@/lib/orgs/access-version";

/**
 * Switches a server off, or on again, for one grant. The row says what is off, never what is on, so it cannot widen anything.
 * False when it was so already, or the grant has ended.
 */
export async function switchServer(db: Database, caller: Caller, server: Pick<ServerView, "id" | "name">, enabled: boolean, now: Date): Promise<boolean> {
  const { org, portal, servers } = caller.view;
  return db.transaction(async (tx) => {
    const mine = and(eq(grants.orgId, org.id), eq(grants.id, caller.grantId), isNull(grants.revokedAt));
    const [grant] = await tx.select({ off: grants.serversOff }).from(grants).where(mine).for("no key update").limit(1);
    if (!grant || grant.off.includes(server.id) !== enabled) return false;
    // Servers that have left the portal go from the list, so it is never longer than the portal.
    const others = grant.off.filter((id) => id !== server.id && servers.some((known) => known.id === id));
    await tx
      .update(grants)
      .set({ serversOff: enabled ? others : [...others, server.id] })
      .where(mine);
    await bumpAccessVersion(tx, org.id);
    await recordAccess(tx, now, {
      kind: enabled ? "server_switched_on" : "server_switched_off",
      outcome: "ok",
      reason: server.name,
      orgId: org.id,
      personId: caller.id,
      email: caller.email,
      portalId: portal.id,
      portalName: portal.name,
      clientId: caller.clientId,
      clientName: caller.clientName,
      ip: caller.ip,
    });
    return true;
  });
}
