import type { OrgContext } from "@/lib/auth/context";
import { answerToken } from "@/lib/oauth/token";
import { createServiceToken, type FreshSecret } from "@/lib/service-tokens/commands";

/** A service token for one portal, good for 90 days. */
export const aMachine = (ctx: OrgContext, portal: { id: string }, name = "Nightly report") =>
  createServiceToken(ctx, { name, portalId: [portal.id], days: 90 });

/** The `Authorization` header of a service token. */
export const basicOf = ({ id, secret }: Pick<FreshSecret, "id" | "secret">) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

type Body = { access_token: string; expires_in: number; error: string; error_description: string };

/** What the token endpoint answers to it at a moment. */
export async function askedAt(ctx: OrgContext, made: Pick<FreshSecret, "id" | "secret">, form: Record<string, string>, now = new Date(), ip = "203.0.113.9") {
  const body = new URLSearchParams({ grant_type: "client_credentials", ...form }).toString();
  const request = { contentType: "application/x-www-form-urlencoded", authorization: basicOf(made), body, ip, userAgent: "cron" };
  const answer = await answerToken(ctx.db, request, now);
  return { ...answer, body: answer.body as Body };
}
