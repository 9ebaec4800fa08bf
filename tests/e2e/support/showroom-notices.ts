import { noticeChannels } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { settleBatch, takeBatch } from "@/lib/notices/batches";
import { beginTrouble, endTrouble } from "@/lib/notices/troubles";

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** What has been told over the last days: some of it sent, some on its way to a webhook that does not answer. Nothing is due before tomorrow. */
export async function theNotices(db: Database, orgId: string, { sentry, jira, figma }: Record<"sentry" | "jira" | "figma", { id: string }>) {
  const lists = (server: { id: string }) => ({ orgId, serverId: server.id, topic: "lists" as const });
  const refused = { kind: "server_failing" as const, detail: "the server wants another credential (401)" };
  await beginTrouble(
    db,
    { ...lists(jira), kind: "server_failing", detail: "nothing answers at the server's address; is the server running?" },
    true,
    minutesAgo(3_000),
  );
  await endTrouble(db, lists(jira), {}, minutesAgo(2_900));
  const hook = { url: "https://hooks.acme.example/gatehouse", secret: "none", secretFingerprint: "3fa91c02", secretSetAt: minutesAgo(2_000) };
  await db.insert(noticeChannels).values({ orgId, channel: "webhook", ...hook });
  await settle(db, orgId, "mail", { ok: true }, minutesAgo(2_880));
  await beginTrouble(db, { ...lists(sentry), ...refused }, true, minutesAgo(400));
  const detail = "its provider gave nothing to renew it with";
  await beginTrouble(db, { orgId, serverId: figma.id, topic: "account", kind: "account_ending", detail }, true, minutesAgo(90));
  await settle(db, orgId, "mail", { ok: true }, minutesAgo(80));
  await settle(db, orgId, "webhook", { ok: false, error: "the webhook answered 500" }, minutesAgo(7));
  await db.update(noticeChannels).set({ nextAt: minutesAgo(-24 * 60) });
}

async function settle(db: Database, orgId: string, channel: "mail" | "webhook", outcome: Parameters<typeof settleBatch>[2], now: Date): Promise<void> {
  const batch = await takeBatch(db, orgId, channel, now);
  if (batch) await settleBatch(db, batch, outcome, now);
}
