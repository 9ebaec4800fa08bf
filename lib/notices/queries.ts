import { and, asc, count, desc, eq, inArray, isNotNull } from "drizzle-orm";
import { members, noticeChannels, noticeDeliveries, notices, people, servers, troubles } from "@/drizzle/schema";
import type { NoticeChannel, NoticeKind, TroubleKind, TroubleTopic } from "@/drizzle/schema/notices";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { limits } from "@/lib/limits";

export type ChannelState = {
  enabled: boolean;
  lastSuccessAt: Date | null;
  /** Why the last attempt failed; null once one has worked since. */
  problem: string | null;
  problemAt: Date | null;
  attempts: number;
  nextAt: Date | null;
  waiting: number;
};
export type Recipient = { email: string; role: string; isReachable: boolean };
export type NoticeSettings = {
  mail: ChannelState & { recipients: Recipient[] };
  /** Null where none is set. The secret is never shown again. */
  webhook: (ChannelState & { url: string; fingerprint: string | null; secretSetAt: Date | null; previousUntil: Date | null }) | null;
};

/** How an organization gets its notices, and whether they arrive. */
export async function getNoticeSettings(ctx: OrgContext): Promise<NoticeSettings> {
  requireRight(ctx, "org.read");
  const [ways, waiting, recipients] = await Promise.all([
    ctx.db.select().from(noticeChannels).where(eq(noticeChannels.orgId, ctx.org.id)),
    ctx.db
      .select({ channel: noticeDeliveries.channel, n: count() })
      .from(noticeDeliveries)
      .where(and(eq(noticeDeliveries.orgId, ctx.org.id), eq(noticeDeliveries.state, "waiting")))
      .groupBy(noticeDeliveries.channel),
    listRecipients(ctx),
  ]);
  const stateOf = (channel: NoticeChannel) => {
    const way = ways.find((row) => row.channel === channel);
    return { way, state: channelState(way, waiting.find((row) => row.channel === channel)?.n ?? 0) };
  };
  const [mail, webhook] = [stateOf("mail"), stateOf("webhook")];
  return { mail: { ...mail.state, recipients }, webhook: webhook.way?.url ? { ...webhook.state, ...webhookFacts(ctx, webhook.way, webhook.way.url) } : null };
}

type Way = typeof noticeChannels.$inferSelect;

function channelState(way: Way | undefined, waiting: number): ChannelState {
  if (!way) return { enabled: true, lastSuccessAt: null, problem: null, problemAt: null, attempts: 0, nextAt: null, waiting };
  const { enabled, lastSuccessAt, lastError, lastErrorAt, attempts, nextAt } = way;
  const isPast = lastErrorAt !== null && lastSuccessAt !== null && lastSuccessAt > lastErrorAt;
  return { enabled, lastSuccessAt, problem: isPast ? null : lastError, problemAt: isPast ? null : lastErrorAt, attempts, nextAt, waiting };
}

function webhookFacts(ctx: OrgContext, { secretFingerprint, secretSetAt, previousUntil }: Way, url: string) {
  return { url, fingerprint: secretFingerprint, secretSetAt, previousUntil: previousUntil && previousUntil > ctx.now ? previousUntil : null };
}

async function listRecipients(ctx: OrgContext): Promise<Recipient[]> {
  const rows = await ctx.db
    .select({ email: people.email, role: members.role, verifiedAt: people.emailVerifiedAt })
    .from(members)
    .innerJoin(people, eq(people.id, members.personId))
    .where(and(eq(members.orgId, ctx.org.id), inArray(members.role, ["owner", "admin"])))
    .orderBy(asc(people.email), asc(people.id))
    .limit(limits.noticeRecipientsMax);
  return rows.map(({ verifiedAt, ...row }) => ({ ...row, isReachable: verifiedAt !== null }));
}

export type DeliveryState = "waiting" | "sent" | "given_up" | "off";
export type NoticeRow = {
  id: string;
  kind: NoticeKind;
  topic: TroubleTopic;
  serverId: string;
  serverName: string;
  detail: string;
  since: Date;
  createdAt: Date;
  /** The server is deleted meanwhile. */
  isGone: boolean;
  deliveries: Partial<Record<NoticeChannel, DeliveryState>>;
};

/** The last notices, newest first, and how far each has come. */
export async function listNotices(ctx: OrgContext): Promise<NoticeRow[]> {
  requireRight(ctx, "org.read");
  const rows = await ctx.db
    .select({ notice: notices, found: servers.id })
    .from(notices)
    .leftJoin(servers, and(eq(servers.orgId, notices.orgId), eq(servers.id, notices.serverId)))
    .where(eq(notices.orgId, ctx.org.id))
    .orderBy(desc(notices.id))
    .limit(limits.pageRows);
  const ids = rows.map(({ notice }) => notice.id);
  const found = await ctx.db
    .select({ noticeId: noticeDeliveries.noticeId, channel: noticeDeliveries.channel, state: noticeDeliveries.state })
    .from(noticeDeliveries)
    .where(and(eq(noticeDeliveries.orgId, ctx.org.id), inArray(noticeDeliveries.noticeId, ids)));
  return rows.map(({ notice: { orgId: _, ...notice }, found: server }) => ({
    ...notice,
    isGone: server === null,
    deliveries: Object.fromEntries(found.filter(({ noticeId }) => noticeId === notice.id).map(({ channel, state }) => [channel, state])),
  }));
}

export type OpenTrouble = { serverId: string; serverName: string; topic: TroubleTopic; kind: TroubleKind; detail: string; since: Date };

/** What is wrong now beside servers that cannot be read, which the overview lists by itself. */
export async function listTroubles(ctx: OrgContext): Promise<OpenTrouble[]> {
  requireRight(ctx, "org.read");
  return ctx.db
    .select({
      ...{ serverId: troubles.serverId, serverName: servers.name, topic: troubles.topic, kind: troubles.kind },
      ...{ detail: troubles.detail, since: troubles.since },
    })
    .from(troubles)
    .innerJoin(servers, and(eq(servers.orgId, troubles.orgId), eq(servers.id, troubles.serverId)))
    .where(and(eq(troubles.orgId, ctx.org.id), inArray(troubles.topic, ["account", "calls"]), isNotNull(troubles.told)))
    .orderBy(asc(troubles.since), asc(troubles.serverId), asc(troubles.topic))
    .limit(5);
}
