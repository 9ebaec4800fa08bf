import { and, eq, isNull, sql } from "drizzle-orm";
import { blocks, grants, members, organizations } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { singleton } from "@/lib/singleton";

/** Every command that touches rights calls this inside its transaction; caches are keyed by the number (design 4.16). */
export async function bumpAccessVersion(tx: Database, orgId: string): Promise<void> {
  const [raised] = await tx
    .update(organizations)
    .set({ accessVersion: sql`${organizations.accessVersion} + 1` })
    .where(eq(organizations.id, orgId))
    .returning({ version: organizations.accessVersion });
  if (raised) raises().set(orgId, { version: raised.version, at: performance.now() });
}

/** Policies speak about addresses: wherever this person belongs or has a grant, what they may use is computed anew. In order, so two do not wait for each other. */
export async function bumpVersionsAround(tx: Database, personId: string): Promise<void> {
  const [membered, granted, blocked] = [
    await tx.select({ orgId: members.orgId }).from(members).where(eq(members.personId, personId)),
    await tx
      .selectDistinct({ orgId: grants.orgId })
      .from(grants)
      .where(and(eq(grants.personId, personId), isNull(grants.revokedAt))),
    await tx.select({ orgId: blocks.orgId }).from(blocks).where(eq(blocks.personId, personId)),
  ];
  const orgIds = [...new Set([...membered, ...granted, ...blocked].map((row) => row.orgId))].sort();
  for (const orgId of orgIds) await bumpAccessVersion(tx, orgId);
}

/**
 * Versions that a transaction of this process has raised and that nobody has read back yet, by organization. From before the commit until
 * then, what is remembered of the organization must be compared with the database, so the next request here sees the change.
 */
export const raises = () => singleton<Map<string, { version: number; at: number }>>("access-version-raises", () => new Map());
