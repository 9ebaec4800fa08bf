import { and, desc, eq, gte, sql } from "drizzle-orm";
import { accessEvents } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { idAt, newReference } from "@/lib/ids";
import { type AuthCause, type Failed, wordsFor } from "@/lib/mcp/upstream-auth";
import { logStep } from "@/lib/report";
import type { Flow } from "./flows";

/** Somebody who wanted to connect an account, as far as the request says. */
export type Who = { personId: string; email: string; ip?: string; userAgent?: string };

/** On record where it is known whose sign-in it was; the reference is what the person sees and an admin can search for. */
export async function recordRefusal(
  db: Database,
  now: Date,
  who: Who,
  flow: Flow | null,
  { cause, detail }: Failed,
  step: "connect" | "callback" = "callback",
): Promise<string> {
  const reference = flow?.correlationId || newReference();
  logStep(reference, step, "refused", { reason: cause, detail, serverId: flow?.serverId, personId: who.personId });
  if (!flow) return reference;
  const what = { serverId: flow.serverId, shared: flow.isShared, ...(detail && { detail }) };
  const event = { kind: "account_refused", outcome: "refused", reason: cause, orgId: flow.orgId, correlationId: reference, detail: what } as const;
  await recordAccess(db, now, { ...event, ...who });
  return reference;
}

export type Refusal = { id: string; at: Date; email: string; isShared: boolean; words: string; detail: string };

const dayMs = 86_400_000;

/** The newest attempts of the last week to connect an account at a server that came to nothing, with what only admins are told. */
export async function listRefusals(ctx: OrgContext, serverId: string): Promise<Refusal[]> {
  const { orgId, id, kind, createdAt, email, reason, detail } = accessEvents;
  const weekAgo = idAt("acc", new Date(ctx.now.getTime() - 7 * dayMs));
  const rows = await ctx.db
    .select({ id, at: createdAt, email, reason, detail })
    .from(accessEvents)
    .where(and(eq(orgId, ctx.org.id), gte(id, weekAgo), eq(kind, "account_refused"), eq(sql`${detail} ->> 'serverId'`, serverId)))
    .orderBy(desc(id))
    .limit(5);
  return rows.map(({ reason, detail, ...row }) => ({
    ...row,
    isShared: detail?.shared === true,
    // The reason was written by `recordRefusal`.
    words: wordsFor(reason as AuthCause),
    detail: typeof detail?.detail === "string" ? detail.detail : "",
  }));
}
