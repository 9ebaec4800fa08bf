import { and, asc, eq, exists, inArray, isNotNull, isNull, lte, or, sql } from "drizzle-orm";
import { noticeChannels, noticeDeliveries, notices, organizations } from "@/drizzle/schema";
import type { NoticeChannel } from "@/drizzle/schema/notices";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { limits } from "@/lib/limits";

/** Notices that travel together on one channel. Its id stays the same however often it is tried. */
export type Batch = {
  id: string;
  org: { id: string; slug: string; name: string };
  channel: NoticeChannel;
  since: Date;
  attempts: number;
  notices: (typeof notices.$inferSelect)[];
  /** People who have it already. */
  reached: string[];
  webhook: { url: string; secret: string; previousSecret: string | null; previousUntil: Date | null } | null;
  lease: Date;
};

/** `note` is what an admin should know of a delivery that worked all the same. */
export type Outcome = { ok: true; note?: string } | { ok: false; error: string };

const leaseMs = 2 * 60_000;
const dueMax = 50;
const pausesMs = [30_000, 60_000, 2 * 60_000, 5 * 60_000, 10 * 60_000, 20 * 60_000, 30 * 60_000, 60 * 60_000];
const paceMs: Record<NoticeChannel, number> = { mail: limits.noticeMailsPauseMs, webhook: limits.noticeWebhooksPauseMs };
/** Who was reached is not kept from later news for a day because of who was not. */
const partlyReachedMs = 3_600_000;

/** The organizations that have something to be sent on a channel now, the longest due first. */
export async function dueOrganizations(db: Database, channel: NoticeChannel, now: Date): Promise<string[]> {
  const waiting = db.select({ one: sql`1` }).from(noticeDeliveries).where(isWaiting(noticeChannels.orgId, channel));
  const due = await db
    .select({ orgId: noticeChannels.orgId })
    .from(noticeChannels)
    .where(and(eq(noticeChannels.channel, channel), isDue(now), or(isNotNull(noticeChannels.batchId), exists(waiting))))
    .orderBy(sql`${noticeChannels.nextAt} asc nulls first`, asc(noticeChannels.orgId))
    .limit(dueMax);
  return due.map(({ orgId }) => orgId);
}

const isDue = (now: Date) =>
  and(
    eq(noticeChannels.enabled, true),
    or(isNull(noticeChannels.leaseUntil), lte(noticeChannels.leaseUntil, now)),
    or(isNull(noticeChannels.nextAt), lte(noticeChannels.nextAt, now)),
  );

const isWaiting = (orgId: string | typeof noticeChannels.orgId, channel: NoticeChannel) =>
  and(eq(noticeDeliveries.orgId, orgId), eq(noticeDeliveries.channel, channel), eq(noticeDeliveries.state, "waiting"));

const theChannel = (orgId: string, channel: NoticeChannel) => and(eq(noticeChannels.orgId, orgId), eq(noticeChannels.channel, channel));

/** Takes what is to be sent, for this instance alone: the batch that is under way, or a new one of everything that waits. */
export async function takeBatch(db: Database, orgId: string, channel: NoticeChannel, now: Date): Promise<Batch | null> {
  return db.transaction(async (tx) => {
    const lease = new Date(now.getTime() + leaseMs);
    const [way] = await tx
      .update(noticeChannels)
      .set({ leaseUntil: lease })
      .where(and(theChannel(orgId, channel), isDue(now)))
      .returning();
    if (!way) return null;
    const id = way.batchId ?? (await bundle(tx, orgId, channel, now));
    const [org] = await tx
      .select({ id: organizations.id, slug: organizations.slug, name: organizations.name })
      .from(organizations)
      .where(eq(organizations.id, orgId));
    if (id === null || !org) {
      await tx.update(noticeChannels).set({ leaseUntil: null }).where(theChannel(orgId, channel));
      return null;
    }
    const { url, secret, previousSecret, previousUntil } = way;
    const webhook = url && secret ? { url, secret, previousSecret, previousUntil } : null;
    const [attempts, reached, since] = way.batchId === null ? [0, [], now] : [way.attempts, way.reached, way.batchSince ?? now];
    return { id, org, channel, since, attempts, reached, notices: await noticesOf(tx, orgId, id), webhook, lease };
  });
}

async function bundle(tx: Database, orgId: string, channel: NoticeChannel, now: Date): Promise<string | null> {
  const oldest = await tx
    .select({ noticeId: noticeDeliveries.noticeId })
    .from(noticeDeliveries)
    .where(isWaiting(orgId, channel))
    .orderBy(asc(noticeDeliveries.noticeId))
    .limit(limits.noticesPerBatch);
  if (oldest.length === 0) return null;
  const id = newId("ntb", now.getTime());
  const ids = oldest.map(({ noticeId }) => noticeId);
  await tx
    .update(noticeDeliveries)
    .set({ batchId: id })
    .where(and(isWaiting(orgId, channel), inArray(noticeDeliveries.noticeId, ids)));
  await tx.update(noticeChannels).set({ batchId: id, batchSince: now, attempts: 0, reached: [] }).where(theChannel(orgId, channel));
  return id;
}

async function noticesOf(tx: Database, orgId: string, batchId: string) {
  const rows = await tx
    .select({ notice: notices })
    .from(noticeDeliveries)
    .innerJoin(notices, and(eq(notices.orgId, noticeDeliveries.orgId), eq(notices.id, noticeDeliveries.noticeId)))
    .where(and(eq(noticeDeliveries.orgId, orgId), eq(noticeDeliveries.batchId, batchId)))
    .orderBy(asc(notices.id));
  return rows.map(({ notice }) => notice);
}

/** Keeps who has the mail, so that a retry, after whatever happened to this process, does not send it to them again. */
export async function keepReached(db: Database, batch: Batch, reached: string[], now: Date): Promise<Batch> {
  const lease = new Date(now.getTime() + leaseMs);
  await db.update(noticeChannels).set({ reached, leaseUntil: lease }).where(isMine(batch));
  return { ...batch, reached, lease };
}

const isMine = ({ org, channel, id, lease }: Batch) => and(theChannel(org.id, channel), eq(noticeChannels.batchId, id), eq(noticeChannels.leaseUntil, lease));

/** Writes down how it went. After a failure the batch is tried again with growing pauses, and given up after a day. */
export async function settleBatch(db: Database, batch: Batch, outcome: Outcome, now: Date): Promise<void> {
  const triedMs = now.getTime() - batch.since.getTime();
  const isOver = triedMs >= (batch.reached.length > 0 ? partlyReachedMs : limits.noticeTriesMs);
  const ended = { batchId: null, batchSince: null, reached: [], leaseUntil: null };
  const problem = (error: string | undefined) => (error ? { lastError: error, lastErrorAt: now } : {});
  await db.transaction(async (tx) => {
    const [settled] = await tx
      .update(noticeChannels)
      .set(
        outcome.ok
          ? { ...ended, ...problem(outcome.note), attempts: 0, lastSuccessAt: now, nextAt: new Date(now.getTime() + paceMs[batch.channel]) }
          : { ...(isOver ? ended : { leaseUntil: null }), ...problem(outcome.error), attempts: batch.attempts + 1, nextAt: retryAt(batch.attempts, now) },
      )
      .where(isMine(batch))
      .returning({ orgId: noticeChannels.orgId });
    if (!settled || !(outcome.ok || isOver)) return;
    await tx
      .update(noticeDeliveries)
      .set({ state: outcome.ok || batch.reached.length > 0 ? "sent" : "given_up", settledAt: now })
      .where(and(isWaiting(batch.org.id, batch.channel), eq(noticeDeliveries.batchId, batch.id)));
  });
}

function retryAt(attempts: number, now: Date): Date {
  const pause = pausesMs[Math.min(attempts, pausesMs.length - 1)] ?? 0;
  // Apart from each other, should one outage have stopped many.
  return new Date(now.getTime() + pause * (0.9 + Math.random() * 0.2));
}
