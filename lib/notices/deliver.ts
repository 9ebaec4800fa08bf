import type { NoticeChannel } from "@/drizzle/schema/notices";
import type { Database } from "@/lib/db/types";
import { reportFault } from "@/lib/report";
import { type Batch, dueOrganizations, type Outcome, settleBatch, takeBatch } from "./batches";
import { mailBatch } from "./mail";
import { postBatch } from "./webhook";

const atOnce = 8;

/**
 * Sends what is due on one channel. Channels run apart, and organizations beside each other, so that a mail server that is down or
 * a webhook that hangs keeps nobody else waiting. Whoever goes down in between leaves a lease, and the batch is sent again.
 */
export async function deliverNotices(db: Database, channel: NoticeChannel, clock: () => Date = () => new Date()): Promise<number> {
  const due = await dueOrganizations(db, channel, clock());
  const rest = [...due];
  let sent = 0;
  const worker = async () => {
    for (let orgId = rest.shift(); orgId; orgId = rest.shift()) if (await deliverOne(db, orgId, channel, clock)) sent++;
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return sent;
}

async function deliverOne(db: Database, orgId: string, channel: NoticeChannel, clock: () => Date): Promise<boolean> {
  const taken = await takeBatch(db, orgId, channel, clock());
  if (!taken) return false;
  const { batch, outcome } = await attempt(db, taken, clock);
  await settleBatch(db, batch, outcome, clock());
  return outcome.ok;
}

async function attempt(db: Database, batch: Batch, clock: () => Date): Promise<{ batch: Batch; outcome: Outcome }> {
  // Out of retention meanwhile.
  if (batch.notices.length === 0) return { batch, outcome: { ok: true } };
  try {
    return batch.channel === "mail" ? await mailBatch(db, batch, clock) : { batch, outcome: await postBatch(batch, clock) };
  } catch (error) {
    const reference = reportFault(error, { during: "delivering notices" });
    return { batch, outcome: { ok: false, error: `something went wrong on our side; it is logged as ${reference}` } };
  }
}
