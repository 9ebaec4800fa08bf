import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, json, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import { createdAt, id, orgId, time } from "./columns";
import { organizations } from "./orgs";
import { servers } from "./servers";

export type TroubleTopic = "lists" | "calls" | "account";
export type TroubleKind = "server_failing" | "calls_failing" | "account_ended" | "account_failing" | "account_ending";
export type NoticeKind = TroubleKind | "server_well" | "calls_well" | "account_well";
export type NoticeChannel = "mail" | "webhook";

/** What is wrong with a server now, one row for each topic; gone when it is well again. */
export const troubles = pgTable(
  "trouble",
  {
    orgId: orgId(),
    serverId: text("server_id").notNull(),
    topic: text().$type<TroubleTopic>().notNull(),
    kind: text().$type<TroubleKind>().notNull(),
    detail: text().notNull(),
    since: time("since").notNull(),
    seenAt: time("seen_at").notNull(),
    /** What admins were last told of it; null as long as it may pass by itself. */
    told: text().$type<TroubleKind>(),
  },
  (t) => [
    primaryKey({ columns: [t.serverId, t.topic] }),
    foreignKey({ columns: [t.orgId, t.serverId], foreignColumns: [servers.orgId, servers.id] }).onDelete("cascade"),
    index("trouble_org_idx").on(t.orgId),
    check("trouble_topic_check", sql`${t.topic} in ('lists', 'calls', 'account')`),
  ],
);

/** Something that admins are told: a trouble began, changed or ended. Names are copied, so the row outlives its server. */
export const notices = pgTable(
  "notice",
  {
    /** Time-ordered. */
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    kind: text().$type<NoticeKind>().notNull(),
    topic: text().$type<TroubleTopic>().notNull(),
    serverId: text("server_id").notNull(),
    serverName: text("server_name").notNull(),
    /** In our own words. */
    detail: text().notNull(),
    /** When the trouble began. */
    since: time("since").notNull(),
    createdAt: createdAt(),
  },
  (t) => [index("notice_org_idx").on(t.orgId, t.id), unique("notice_org_id_key").on(t.orgId, t.id)],
);

/** One notice on one channel. What is under way together has the same `batchId`. */
export const noticeDeliveries = pgTable(
  "notice_delivery",
  {
    orgId: orgId(),
    noticeId: text("notice_id").notNull(),
    channel: text().$type<NoticeChannel>().notNull(),
    state: text().$type<"waiting" | "sent" | "given_up" | "off">().notNull(),
    batchId: text("batch_id"),
    settledAt: time("settled_at"),
  },
  (t) => [
    primaryKey({ columns: [t.noticeId, t.channel] }),
    foreignKey({ columns: [t.orgId, t.noticeId], foreignColumns: [notices.orgId, notices.id] }).onDelete("cascade"),
    index("notice_delivery_waiting_idx").on(t.orgId, t.channel).where(sql`${t.state} = 'waiting'`),
    check("notice_delivery_state_check", sql`${t.state} in ('waiting', 'sent', 'given_up', 'off')`),
  ],
);

/** A way on which an organization gets its notices, and how it is with it. One batch is under way at a time. */
export const noticeChannels = pgTable(
  "notice_channel",
  {
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    channel: text().$type<NoticeChannel>().notNull(),
    enabled: boolean().notNull().default(true),
    /** Of a webhook. */
    url: text(),
    /** Sealed; shown once, when it is made. */
    secret: text(),
    secretFingerprint: text("secret_fingerprint"),
    /** The one before, which signs too until `previousUntil`. */
    previousSecret: text("previous_secret"),
    previousUntil: time("previous_until"),
    secretSetAt: time("secret_set_at"),

    batchId: text("batch_id"),
    batchSince: time("batch_since"),
    /** People who have the mail under way already; a retry leaves them out. */
    reached: json().$type<string[]>().notNull().default([]),
    attempts: integer().notNull().default(0),
    /** Not before: after a failure the next attempt, after a success the next batch. */
    nextAt: time("next_at"),
    /** One instance at a time. */
    leaseUntil: time("lease_until"),
    lastSuccessAt: time("last_success_at"),
    lastError: text("last_error"),
    lastErrorAt: time("last_error_at"),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.channel] }), check("notice_channel_check", sql`${t.channel} in ('mail', 'webhook')`)],
);
