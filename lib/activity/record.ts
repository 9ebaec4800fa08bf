import { accessEvents, auditEvents } from "@/drizzle/schema";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";

export type AuditTarget = {
  kind:
    | "organization"
    | "member"
    | "invitation"
    | "block"
    | "group"
    | "server"
    | "capability"
    | "portal"
    | "assignment"
    | "policy"
    | "grant"
    | "person"
    | "client"
    | "service_token";
  id: string;
  name: string;
};

/** The audit event of a change; call it inside the transaction that makes the change (UI-16). Never pass a secret. */
export async function recordAudit(
  tx: Database,
  ctx: OrgContext,
  event: { action: string; target: AuditTarget; before?: JsonObject | null; after?: JsonObject | null },
): Promise<void> {
  await tx.insert(auditEvents).values({
    id: newId("aud", ctx.now.getTime()),
    orgId: ctx.org.id,
    createdAt: ctx.now,
    actorId: ctx.actor.personId,
    actorEmail: ctx.actor.email,
    action: event.action,
    targetKind: event.target.kind,
    targetId: event.target.id,
    targetName: event.target.name,
    before: event.before ?? null,
    after: event.after ?? null,
  });
}

export type AccessEvent = Omit<typeof accessEvents.$inferInsert, "id" | "createdAt" | "kind"> & { kind: AccessEventKind };
export type AccessEventKind =
  | "sign_in"
  | "sign_in_failed"
  | "sign_out"
  | "sign_up"
  | "email_verified"
  | "email_changed"
  | "password_changed"
  | "password_reset"
  | "session_revoked"
  | "account_deleted"
  | "consent"
  | "consent_denied"
  | "portal_refused"
  | "authorization_asked"
  | "authorization_refused"
  | "client_registered"
  | "client_refused"
  | "token_issued"
  | "token_refused"
  | "refresh_replay"
  | "code_replay"
  | "grant_revoked"
  | "service_token_revoked"
  | "server_switched_off"
  | "server_switched_on"
  | "account_connected"
  | "account_disconnected"
  | "account_refused"
  | "shared_account_connected"
  | "throttled"
  | "invitation_accepted"
  | "organization_deleted";

export async function recordAccess(tx: Database, now: Date, ...events: AccessEvent[]): Promise<void> {
  await tx.insert(accessEvents).values(events.map((event) => ({ id: newId("acc", now.getTime()), createdAt: now, ...event })));
}
