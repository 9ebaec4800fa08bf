import { type SQL, sql } from "drizzle-orm";
import type { Database } from "@/lib/db/types";
import type { CallEnd, CallRow } from "./call-log";

/**
 * Rows travel as one JSON parameter, so a batch of any size is one prepared statement and one round trip.
 * `set_config` runs inside it: the statement is its own transaction, and its commit does not wait for the disk unless `durable`
 * (that is enough against the death of our own process, which is what the record promises).
 */
export async function insertCalls(db: Database, rows: readonly CallRow[], durable: boolean): Promise<void> {
  await db.execute(sql`
    insert into "call" (${names})
    select ${qualified} from ${commitMode(durable)} cross join json_to_recordset(${json(rows.map(toRecord))}::json) as r(${typed})`);
}

export async function completeCalls(db: Database, ends: readonly { id: string; end: CallEnd }[], durable: boolean): Promise<void> {
  const records = ends.map(({ id, end }) => ({
    id,
    outcome: end.outcome,
    error_code: end.errorCode ?? null,
    error_message: end.errorMessage ?? null,
    response_bytes: end.responseBytes ?? null,
    duration_ms: end.durationMs,
    upstream_ms: end.upstreamMs ?? null,
    ended_at: end.endedAt,
  }));
  await db.execute(sql`
    update "call" as c set outcome = r.outcome, error_code = r.error_code, error_message = r.error_message, response_bytes = r.response_bytes,
      duration_ms = r.duration_ms, upstream_ms = r.upstream_ms, ended_at = r.ended_at
    from ${commitMode(durable)} cross join json_to_recordset(${json(records)}::json) as r(id text, outcome text, error_code int, error_message text,
      response_bytes int, duration_ms float8, upstream_ms float8, ended_at timestamptz)
    where c.id = r.id`);
}

const columns: [name: string, type: string, key: keyof CallRow][] = [
  ["id", "text", "id"],
  ["org_id", "text", "orgId"],
  ["started_at", "timestamptz", "startedAt"],
  ["instance_id", "text", "instanceId"],
  ["person_id", "text", "personId"],
  ["person_email", "text", "personEmail"],
  ["grant_id", "text", "grantId"],
  ["client_id", "text", "clientId"],
  ["client_name", "text", "clientName"],
  ["portal_id", "text", "portalId"],
  ["portal_name", "text", "portalName"],
  ["server_id", "text", "serverId"],
  ["server_name", "text", "serverName"],
  ["method", "text", "method"],
  ["capability_kind", "text", "capabilityKind"],
  ["capability_name", "text", "capabilityName"],
  ["requested_name", "text", "requestedName"],
  ["protocol_version", "text", "protocolVersion"],
  ["decision", "text", "decision"],
  ["decided_by", "text", "decidedBy"],
  ["policy_id", "text", "policyId"],
  ["policy_name", "text", "policyName"],
  ["outcome", "text", "outcome"],
  ["error_code", "int", "errorCode"],
  ["error_message", "text", "errorMessage"],
  ["request_bytes", "int", "requestBytes"],
  ["response_bytes", "int", "responseBytes"],
  ["duration_ms", "float8", "durationMs"],
  ["upstream_ms", "float8", "upstreamMs"],
  ["ended_at", "timestamptz", "endedAt"],
  ["ip", "text", "ip"],
];

const names = sql.raw(columns.map(([name]) => name).join(", "));
const qualified = sql.raw(columns.map(([name]) => `r.${name}`).join(", "));
const typed = sql.raw(columns.map(([name, type]) => `${name} ${type}`).join(", "));

function toRecord(row: CallRow): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [name, , key] of columns) record[name] = row[key] ?? null;
  record.request_bytes ??= 0;
  record.ip ??= "";
  return record;
}

const commitMode = (durable: boolean): SQL => sql`(select set_config('synchronous_commit', ${durable ? "on" : "off"}, true)) as mode`;

// PostgreSQL has no text with NUL or half a surrogate pair; names come from clients, so both are replaced.
const json = (records: unknown[]) => JSON.stringify(records, (_, value) => (typeof value === "string" ? value.replace(/\0|\p{Surrogate}/gu, "\ufffd") : value));
