import { eq, sql } from "drizzle-orm";
import { organizations } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";

/** Every command that touches rights calls this inside its transaction; caches are keyed by the number (design 4.16). */
export async function bumpAccessVersion(tx: Database, orgId: string): Promise<void> {
  await tx
    .update(organizations)
    .set({ accessVersion: sql`${organizations.accessVersion} + 1` })
    .where(eq(organizations.id, orgId));
}
