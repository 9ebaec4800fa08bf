import { and, eq, isNull, lt, ne, or } from "drizzle-orm";
import { noticeChannels, noticeDeliveries, notices, servers, troubles } from "@/drizzle/schema";
import type { NoticeKind, TroubleKind, TroubleTopic } from "@/drizzle/schema/notices";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";

export type TroubleRef = { orgId: string; serverId: string; topic: TroubleTopic };
export type Trouble = TroubleRef & { kind: TroubleKind; detail: string };

/**
 * Notes what is wrong now. Admins are told in the same transaction, once for each kind, and only when it is `isRipe`: what may pass by
 * itself waits. However many instances see it, the row lets one of them tell.
 */
export async function beginTrouble(db: Database, trouble: Trouble, isRipe: boolean, now: Date): Promise<void> {
  const { kind, detail } = trouble;
  await db.transaction(async (tx) => {
    if (!(await serverName(tx, trouble))) return;
    await tx
      .insert(troubles)
      .values({ ...trouble, since: now, seenAt: now })
      .onConflictDoUpdate({ target: [troubles.serverId, troubles.topic], set: { kind, detail, seenAt: now } });
    if (!isRipe) return;
    const [told] = await tx
      .update(troubles)
      .set({ told: kind })
      .where(and(theTrouble(trouble), or(isNull(troubles.told), ne(troubles.told, kind))))
      .returning({ since: troubles.since });
    if (told) await writeNotice(tx, { ...trouble, since: told.since }, now);
  });
}

/** It is over. Whoever was told of it hears that too; `unseenSince` leaves one alone that was seen again meanwhile. */
export async function endTrouble(db: Database, ref: TroubleRef, more: { isQuiet?: boolean; unseenSince?: Date }, now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    const [ended] = await tx
      .delete(troubles)
      .where(and(theTrouble(ref), more.unseenSince && lt(troubles.seenAt, more.unseenSince)))
      .returning({ told: troubles.told, since: troubles.since });
    if (ended?.told && !more.isQuiet) await writeNotice(tx, { ...ref, kind: well[ref.topic], detail: "", since: ended.since }, now);
  });
}

const well: Record<TroubleTopic, NoticeKind> = { lists: "server_well", calls: "calls_well", account: "account_well" };

const theTrouble = ({ orgId, serverId, topic }: TroubleRef) => and(eq(troubles.orgId, orgId), eq(troubles.serverId, serverId), eq(troubles.topic, topic));

/** With one delivery for each channel; a channel that is off now is not caught up later. */
async function writeNotice(tx: Database, notice: TroubleRef & { kind: NoticeKind; detail: string; since: Date }, now: Date): Promise<void> {
  const { orgId, serverId, topic, kind, detail, since } = notice;
  const name = await serverName(tx, notice);
  if (!name) return;
  const id = newId("ntc", now.getTime());
  await tx.insert(notices).values({ id, orgId, kind, topic, serverId, serverName: name, detail, since, createdAt: now });
  // Mail is on until somebody switches it off, so its row appears with the first notice.
  await tx.insert(noticeChannels).values({ orgId, channel: "mail" }).onConflictDoNothing();
  const ways = await tx
    .select({ channel: noticeChannels.channel, enabled: noticeChannels.enabled })
    .from(noticeChannels)
    .where(eq(noticeChannels.orgId, orgId));
  await tx
    .insert(noticeDeliveries)
    .values(ways.map(({ channel, enabled }) => ({ orgId, noticeId: id, channel, state: enabled ? ("waiting" as const) : ("off" as const) })));
}

async function serverName(tx: Database, { orgId, serverId }: { orgId: string; serverId: string }): Promise<string | null> {
  const [found] = await tx
    .select({ name: servers.name })
    .from(servers)
    .where(and(eq(servers.orgId, orgId), eq(servers.id, serverId)))
    .for("key share");
  return found?.name ?? null;
}
