import { and, eq, gt } from "drizzle-orm";
import { assignments } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";

/** The servers that came into a portal since a person last let an app in or connected an account; none for who has done neither. */
export async function serversSince(db: Database, at: { orgId: string; portalId: string }, visits: readonly (Date | null)[]): Promise<Set<string>> {
  const last = Math.max(0, ...visits.map(Number));
  if (last === 0) return new Set();
  const rows = await db
    .select({ serverId: assignments.serverId })
    .from(assignments)
    .where(and(eq(assignments.orgId, at.orgId), eq(assignments.portalId, at.portalId), gt(assignments.createdAt, new Date(last))))
    .limit(500);
  return new Set(rows.map((row) => row.serverId));
}
