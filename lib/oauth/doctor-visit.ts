import { and, eq, gte, inArray, notExists, notLike, sql } from "drizzle-orm";
import { accessEvents, authorizations, clients, grants } from "@/drizzle/schema";
import { addressPrefix } from "@/lib/auth/client-address";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { giveBack } from "@/lib/throttle/throttle";
import { doctorSuffix } from "./client-mark";
import { revokeGrant } from "./grants";

/** What the OAuth doctor made on its way and takes back. */
export type DoctorVisit = { orgId: string; references: readonly string[]; clientIds: readonly string[]; since: Date };

/** Marks a waiting request as the doctor's before anybody can answer it. Null when it waits in no portal of this database. */
export async function claimForDoctor(db: Database, at: { orgId: string; portalId: string; token: string }): Promise<{ reference: string } | null> {
  const mine = and(eq(authorizations.orgId, at.orgId), eq(authorizations.portalId, at.portalId), eq(authorizations.tokenHash, hashToken(at.token)));
  const [claimed] = await db.update(authorizations).set({ isDoctor: true }).where(mine).returning({ reference: authorizations.correlationId });
  return claimed ?? null;
}

/** What was refused, and why, as the organization's own record has it. */
export async function findRefusal(db: Database, orgId: string, reference: string) {
  const [found] = await db
    .select({ reason: accessEvents.reason, detail: accessEvents.detail })
    .from(accessEvents)
    .where(and(eq(accessEvents.orgId, orgId), eq(accessEvents.correlationId, reference), eq(accessEvents.outcome, "refused")))
    .limit(1);
  return found ?? null;
}

/** Nothing of a visit stays but its events, which say whose they are. */
export async function undoVisit(db: Database, { orgId, references, clientIds, since }: DoctorVisit, now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    if (references.length > 0) {
      const theirs = and(eq(grants.orgId, orgId), eq(grants.isDoctor, true), inArray(grants.correlationId, [...references]));
      for (const { id } of await tx.select({ id: grants.id }).from(grants).where(theirs)) await revokeGrant(tx, id, "doctor", now);
      await tx.delete(grants).where(theirs);
      await tx.delete(authorizations).where(and(eq(authorizations.orgId, orgId), inArray(authorizations.correlationId, [...references])));
      await markEvents(tx, orgId, references);
    }
    for (const clientId of clientIds) await forgetClient(tx, clientId, since);
  });
}

// The first events were written before anybody knew who asked.
async function markEvents(tx: Database, orgId: string, references: readonly string[]): Promise<void> {
  await tx
    .update(accessEvents)
    .set({ clientName: sql`${accessEvents.clientName} || ${doctorSuffix}` })
    .where(and(eq(accessEvents.orgId, orgId), inArray(accessEvents.correlationId, [...references]), notLike(accessEvents.clientName, `%${doctorSuffix}`)));
}

/** A registration is taken back with its place in the limits; a document only if nobody else has used it since. */
async function forgetClient(tx: Database, clientId: string, since: Date): Promise<void> {
  const isUsed = tx.select({ id: grants.id }).from(grants).where(eq(grants.clientId, clientId));
  const gone = await tx
    .delete(clients)
    .where(and(eq(clients.id, clientId), gte(clients.createdAt, since), notExists(isUsed)))
    .returning({ kind: clients.kind });
  if (gone[0]?.kind !== "dcr") return;
  const [event] = await tx
    .select({ ip: accessEvents.ip })
    .from(accessEvents)
    .where(and(eq(accessEvents.clientId, clientId), eq(accessEvents.kind, "client_registered")))
    .limit(1);
  if (!event) return;
  await giveBack(tx, `oauth-register:${addressPrefix(event.ip)}`);
  await giveBack(tx, "oauth-register");
}
