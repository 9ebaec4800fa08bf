import { createHmac, randomBytes } from "node:crypto";
import { seal, unseal } from "@/lib/crypto/seal";
import { type Egress, egressRequest, isEgressError } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import type { Batch, Outcome } from "./batches";
import { linesOf } from "./lines";

export type WebhookMessage = { id: string; type: "notices" | "test"; at: Date; data: object };
export type WebhookTarget = { url: string; secrets: string[] };

const place = (orgId: string) => ({ purpose: "webhook-secret", orgId, rowId: "webhook" });

export const newWebhookSecret = () => `whsec_${randomBytes(32).toString("base64")}`;
export const sealWebhookSecret = (orgId: string, secret: string) => seal(secret, place(orgId));

/** Where to, and what signs: the present secret, and the one before as long as both are good. Null when they cannot be opened (CR-04). */
export function webhookTarget(orgId: string, webhook: Batch["webhook"], now: Date): WebhookTarget | null {
  if (!webhook) return null;
  const { url, secret, previousSecret, previousUntil } = webhook;
  const sealed = [secret, ...(previousSecret && previousUntil && previousUntil > now ? [previousSecret] : [])];
  try {
    return { url, secrets: sealed.map((one) => unseal(one, place(orgId))) };
  } catch {
    return null;
  }
}

/** Sends a batch to the organization's webhook. */
export async function postBatch(batch: Batch, clock: () => Date): Promise<Outcome> {
  const target = webhookTarget(batch.org.id, batch.webhook, clock());
  if (!target) return { ok: false, error: "the webhook's secret cannot be opened any more; make a new one" };
  const notices = linesOf(batch.org.slug, batch.notices);
  return postWebhook(target, { id: batch.id, type: "notices", at: batch.since, data: { organization: batch.org, notices } }, clock());
}

/** One signed request, as the Standard Webhooks convention has it; `now` is what the signature says, the message stays the same. */
export async function postWebhook({ url, secrets }: WebhookTarget, message: WebhookMessage, now: Date, egress: Egress = egressRequest): Promise<Outcome> {
  const body = JSON.stringify({ type: message.type, timestamp: message.at, data: message.data });
  const timestamp = Math.floor(now.getTime() / 1_000);
  const signature = secrets.map((secret) => signatureOf(secret, `${message.id}.${timestamp}.${body}`)).join(" ");
  const headers = { "content-type": "application/json", "webhook-id": message.id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  const bounds = { headersTimeoutMs: limits.webhookMs, totalTimeoutMs: limits.webhookMs, maxBytes: limits.webhookAnswerBytesMax };
  try {
    const response = await egress(url, { method: "POST", headers, body, ...bounds });
    response.dump();
    return response.status < 300 ? { ok: true } : { ok: false, error: `the webhook answered ${response.status}` };
  } catch (error) {
    return { ok: false, error: failureWords(error) };
  }
}

function signatureOf(secret: string, content: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}

function failureWords(error: unknown): string {
  if (!isEgressError(error)) throw error;
  switch (error.cause_) {
    case "blocked":
    case "invalid_url":
      return "the webhook's address is plain http or leads into a private network, which the operator has not allowed";
    case "dns":
      return "the webhook's name cannot be found";
    case "refused":
      return "nothing answers at the webhook's address";
    case "tls":
      return "a secure connection to the webhook failed";
    case "timeout":
      return "the webhook did not answer in time";
    case "redirect":
      return "the webhook redirects elsewhere, which is not followed; enter the address it redirects to";
    case "encoding":
    case "too_large":
      return "the webhook's answer is not one that can be read";
    case "reset":
    case "aborted":
      return "the webhook closed the connection before it answered";
  }
}
