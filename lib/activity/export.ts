import type { OrgContext } from "@/lib/auth/context";
import { csv } from "./csv";
import { type AccessEventRow, type AuditEventRow, type CallSummary, listAccessEvents, listAuditEvents, listCalls, type Page } from "./queries";
import { recordAudit } from "./record";
import type { ActivityFilters, ActivityTab } from "./schema";

export const exportRowsMax = 10_000;

/** What a tab shows under these filters as CSV, newest first, at most `exportRowsMax` rows. That somebody took it away is on record too. */
export async function exportActivity(ctx: OrgContext, tab: ActivityTab, filters: ActivityFilters, rowsMax = exportRowsMax): Promise<string> {
  const text = await exports[tab](ctx, filters, rowsMax);
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, {
      action: "activity.exported",
      target: { kind: "organization", id: ctx.org.id, name: ctx.org.name },
      after: { tab, filters },
    }),
  );
  return text;
}

type Exporter = (ctx: OrgContext, filters: ActivityFilters, rowsMax: number) => Promise<string>;
type Columns<T> = Record<string, (row: T) => unknown>;

const callColumns: Columns<CallSummary> = {
  id: (row) => row.id,
  started_at: (row) => row.startedAt,
  outcome: (row) => row.outcome,
  decision: (row) => row.decision,
  person: (row) => row.personEmail,
  client: (row) => row.clientName,
  portal: (row) => row.portalName,
  server: (row) => row.serverName,
  method: (row) => row.method,
  capability: (row) => row.capabilityName,
  requested_name: (row) => row.requestedName,
  error: (row) => row.errorMessage,
  duration_ms: (row) => row.durationMs,
};

const accessColumns: Columns<AccessEventRow> = {
  id: (row) => row.id,
  at: (row) => row.createdAt,
  event: (row) => row.kind,
  outcome: (row) => row.outcome,
  reason: (row) => row.reason,
  person: (row) => row.email,
  portal: (row) => row.portalName,
  client: (row) => row.clientName,
  address: (row) => row.ip,
  user_agent: (row) => row.userAgent,
  reference: (row) => row.correlationId,
};

const auditColumns: Columns<AuditEventRow> = {
  id: (row) => row.id,
  at: (row) => row.createdAt,
  person: (row) => row.actorEmail,
  change: (row) => row.action,
  target_kind: (row) => row.targetKind,
  target_id: (row) => row.targetId,
  target_name: (row) => row.targetName,
  before: (row) => row.before,
  after: (row) => row.after,
};

const exports: Record<ActivityTab, Exporter> = {
  calls: async (ctx, filters, max) => table(callColumns, await listCalls(ctx, filters, max)),
  "sign-ins": async (ctx, filters, max) => table(accessColumns, await listAccessEvents(ctx, filters, max)),
  changes: async (ctx, filters, max) => table(auditColumns, await listAuditEvents(ctx, filters, max)),
};

const table = <T>(columns: Columns<T>, { rows }: Page<T>): string =>
  csv(
    Object.keys(columns),
    rows.map((row) => Object.values(columns).map((column) => column(row))),
  );
