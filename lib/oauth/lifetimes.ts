import { and, eq } from "drizzle-orm";
import { portals } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { limits } from "@/lib/limits";

export type Lifetimes = { accessTokenSeconds: number; grantSeconds: number };

/** Should the doctor be interrupted before it has tidied up, what it made ends by itself. */
export const doctorLifetimes: Lifetimes = { accessTokenSeconds: 300, grantSeconds: 300 };

/** How long a portal lets tokens and grants live: what its admins chose, or the default. Read at each issue, so a change needs no restart. */
export async function lifetimesOf(db: Database, { orgId, portalId }: { orgId: string; portalId: string }): Promise<Lifetimes> {
  const [chosen] = await db
    .select({ accessTokenSeconds: portals.accessTokenSeconds, grantDays: portals.grantDays })
    .from(portals)
    .where(and(eq(portals.orgId, orgId), eq(portals.id, portalId)))
    .limit(1);
  return {
    accessTokenSeconds: chosen?.accessTokenSeconds ?? limits.accessTokenSeconds,
    grantSeconds: chosen?.grantDays ? chosen.grantDays * 86_400 : limits.refreshAbsoluteSeconds,
  };
}

/** When a grant that began then ends, whatever its tokens say. */
export const grantEnd = (createdAt: Date, { grantSeconds }: Lifetimes) => new Date(createdAt.getTime() + grantSeconds * 1_000);
