import { and, eq } from "drizzle-orm";
import { noticeChannels, noticeDeliveries } from "@/drizzle/schema";
import type { NoticeChannel } from "@/drizzle/schema/notices";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { secretFingerprint } from "@/lib/crypto/seal";
import type { Database } from "@/lib/db/types";
import { checkedUrl } from "@/lib/egress/destination";
import { isEgressError } from "@/lib/egress/request";
import { env } from "@/lib/env";
import { AppError, invalid } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { hit } from "@/lib/throttle/throttle";
import type { SetNoticeMail, SetWebhook } from "./schema";
import { newWebhookSecret, postWebhook, sealWebhookSecret, webhookTarget } from "./webhook";

const testsPerHour = { limit: 20, windowSeconds: 3_600 };

/** Whether owners and admins get notices by mail. */
export async function setNoticeMail(ctx: OrgContext, { enabled }: SetNoticeMail): Promise<void> {
  requireRight(ctx, "org.manage");
  await ctx.db.transaction(async (tx) => {
    const before = await lockChannel(tx, ctx, "mail");
    if ((before?.enabled ?? true) === enabled) return;
    await tx
      .insert(noticeChannels)
      .values({ orgId: ctx.org.id, channel: "mail", enabled })
      .onConflictDoUpdate({ target: [noticeChannels.orgId, noticeChannels.channel], set: { enabled } });
    if (!enabled) await forgetWaiting(tx, ctx, "mail");
    await record(tx, ctx, "organization.notice_mail_set", { mail: !enabled }, { mail: enabled });
  });
}

/** Where notices are posted to. The secret is given out here and never again; null where it stays the one it was. */
export async function setWebhook(ctx: OrgContext, { url, enabled }: SetWebhook): Promise<{ secret: string | null }> {
  requireRight(ctx, "org.manage");
  assertReachable(url);
  return ctx.db.transaction(async (tx) => {
    const before = await lockChannel(tx, ctx, "webhook");
    const was = before && { url: before.url, enabled: before.enabled };
    if (url === "") {
      if (!before) return { secret: null };
      await forgetWaiting(tx, ctx, "webhook");
      await tx.delete(noticeChannels).where(theChannel(ctx, "webhook"));
      await record(tx, ctx, "organization.webhook_removed", was, null);
      return { secret: null };
    }
    // Whoever listens at another address never knew the secret of the one before.
    const secret = before?.url === url ? null : newWebhookSecret();
    const fresh = secret ? { ...sealed(ctx, secret), previousSecret: null, previousUntil: null } : {};
    const set = { url, enabled, ...fresh, nextAt: null };
    await tx
      .insert(noticeChannels)
      .values({ orgId: ctx.org.id, channel: "webhook", ...set })
      .onConflictDoUpdate({ target: [noticeChannels.orgId, noticeChannels.channel], set });
    if (!enabled) await forgetWaiting(tx, ctx, "webhook");
    await record(tx, ctx, "organization.webhook_set", was, { url, enabled, ...(secret && { secret: secretFingerprint(secret) }) });
    return { secret };
  });
}

/** A new secret, given out here and never again. The one before signs too for a day, so that nothing is refused meanwhile. */
export async function rotateWebhookSecret(ctx: OrgContext): Promise<{ secret: string }> {
  requireRight(ctx, "org.manage");
  const secret = newWebhookSecret();
  await ctx.db.transaction(async (tx) => {
    const before = await lockChannel(tx, ctx, "webhook");
    if (!before?.url) throw new AppError("conflict", "save a webhook first");
    const previous = { previousSecret: before.secret, previousUntil: new Date(ctx.now.getTime() + limits.webhookOverlapMs) };
    await tx
      .update(noticeChannels)
      .set({ ...sealed(ctx, secret), ...previous })
      .where(theChannel(ctx, "webhook"));
    await record(tx, ctx, "organization.webhook_secret_changed", null, { secret: secretFingerprint(secret) });
  });
  return { secret };
}

/** Posts a message that says it is a test, now. When it arrives, what waits for the webhook is tried again at once. */
export async function sendTestNotice(ctx: OrgContext): Promise<{ arrived: true }> {
  requireRight(ctx, "org.manage");
  const { allowed, retryAfterSeconds } = await hit(ctx.db, `webhook-test ${ctx.org.id}`, testsPerHour, ctx.now);
  if (!allowed) throw new AppError("limit", "that was many tests; wait a while", { retryAfterSeconds });
  const [webhook] = await ctx.db.select(webhookColumns).from(noticeChannels).where(theChannel(ctx, "webhook"));
  if (!webhook?.url || !webhook.secret) throw new AppError("conflict", "save a webhook first");
  const target = webhookTarget(ctx.org.id, { ...webhook, url: webhook.url, secret: webhook.secret }, ctx.now);
  if (!target) throw new AppError("conflict", "the webhook's secret cannot be opened any more; make a new one");
  const message = { id: newId("ntb", ctx.now.getTime()), type: "test", at: ctx.now, data: { organization: ctx.org, sentBy: ctx.actor.email } } as const;
  const outcome = await postWebhook(target, message, ctx.now);
  const kept = outcome.ok ? { lastSuccessAt: ctx.now, nextAt: null } : { lastError: outcome.error, lastErrorAt: ctx.now };
  await ctx.db.update(noticeChannels).set(kept).where(theChannel(ctx, "webhook"));
  if (!outcome.ok) throw new AppError("upstream", outcome.error);
  return { arrived: true };
}

function assertReachable(url: string): void {
  if (url === "") return;
  try {
    checkedUrl(url, env().egressAllow);
  } catch (error) {
    if (isEgressError(error)) throw invalid("url", error.message);
    throw error;
  }
}

const theChannel = (ctx: OrgContext, channel: NoticeChannel) => and(eq(noticeChannels.orgId, ctx.org.id), eq(noticeChannels.channel, channel));

const webhookColumns = {
  url: noticeChannels.url,
  secret: noticeChannels.secret,
  previousSecret: noticeChannels.previousSecret,
  previousUntil: noticeChannels.previousUntil,
};

async function lockChannel(tx: Database, ctx: OrgContext, channel: NoticeChannel) {
  const [found] = await tx
    .select({ enabled: noticeChannels.enabled, url: noticeChannels.url, secret: noticeChannels.secret })
    .from(noticeChannels)
    .where(theChannel(ctx, channel))
    .for("update");
  return found ?? null;
}

const sealed = (ctx: OrgContext, secret: string) => ({
  secret: sealWebhookSecret(ctx.org.id, secret),
  secretFingerprint: secretFingerprint(secret),
  secretSetAt: ctx.now,
});

/** What waits for a channel that is switched off is not sent when it is switched on again. */
async function forgetWaiting(tx: Database, ctx: OrgContext, channel: NoticeChannel): Promise<void> {
  const waiting = and(eq(noticeDeliveries.orgId, ctx.org.id), eq(noticeDeliveries.channel, channel), eq(noticeDeliveries.state, "waiting"));
  await tx.update(noticeDeliveries).set({ state: "off", settledAt: ctx.now }).where(waiting);
  await tx.update(noticeChannels).set({ batchId: null, batchSince: null, reached: [], attempts: 0, leaseUntil: null }).where(theChannel(ctx, channel));
}

const record = (tx: Database, ctx: OrgContext, action: string, before: object | null, after: object | null) =>
  recordAudit(tx, ctx, {
    action,
    target: { kind: "organization", id: ctx.org.id, name: ctx.org.name },
    before: before && { ...before },
    after: after && { ...after },
  });
