import { sql } from "drizzle-orm";
import { date, doublePrecision, index, integer, json, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { createdAt, id, orgId, time } from "./columns";
import { organizations } from "./orgs";
import type { JsonObject } from "./servers";

export type CallOutcome =
  | "pending"
  | "ok"
  | "tool_error"
  /** The server asked for something; the client comes back with the answer in a request of its own. */
  | "input_required"
  | "denied"
  | "unknown"
  | "upstream_error"
  | "unreachable"
  | "timeout"
  | "cancelled"
  | "interrupted"
  | "refused";

/**
 * One MCP request on record. Inserted before the upstream is contacted, completed afterwards; a row that stays `pending`
 * belongs to a process that died and becomes `interrupted`. Names are copied, so the row outlives what it names.
 */
export const calls = pgTable(
  "call",
  {
    /** Time-ordered; also the correlation id that the client sees in an error. */
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    startedAt: time("started_at").notNull(),
    instanceId: text("instance_id").notNull(),
    /** Who called: a person with their address, or a service token (`svc_…`) with its name. */
    personId: text("person_id"),
    personEmail: text("person_email").notNull(),
    grantId: text("grant_id"),
    clientId: text("client_id"),
    clientName: text("client_name").notNull(),
    portalId: text("portal_id"),
    portalName: text("portal_name").notNull(),
    serverId: text("server_id"),
    serverName: text("server_name"),
    /** The MCP method, e.g. `tools/call`. */
    method: text().notNull(),
    capabilityKind: text("capability_kind"),
    /** The upstream's own name; null when nothing matched. */
    capabilityName: text("capability_name"),
    /** What the client asked for, clipped. */
    requestedName: text("requested_name"),
    protocolVersion: text("protocol_version").notNull(),
    decision: text().$type<"allowed" | "denied">().notNull(),
    /** Which layer and which policy decided: `portal`, `server`, `toggle`, `approval`, `none`. */
    decidedBy: text("decided_by"),
    policyId: text("policy_id"),
    policyName: text("policy_name"),
    outcome: text().$type<CallOutcome>().notNull(),
    errorCode: integer("error_code"),
    /** Our own short words, never the upstream's body. */
    errorMessage: text("error_message"),
    requestBytes: integer("request_bytes").notNull().default(0),
    responseBytes: integer("response_bytes"),
    durationMs: doublePrecision("duration_ms"),
    upstreamMs: doublePrecision("upstream_ms"),
    endedAt: time("ended_at"),
    ip: text().notNull().default(""),
  },
  (t) => [
    index("call_org_idx").on(t.orgId, t.id),
    index("call_person_idx").on(t.orgId, t.personEmail, t.id),
    index("call_portal_idx").on(t.orgId, t.portalId, t.id),
    index("call_server_idx").on(t.orgId, t.serverId, t.id),
    index("call_open_idx").on(t.instanceId).where(sql`${t.outcome} = 'pending'`),
    index("call_problem_idx").on(t.orgId, t.id).where(sql`${t.outcome} not in ('ok', 'pending')`),
  ],
);

/**
 * Calls that began, of the *commit* way: those that were put on record together, as rows in text (`lib/activity/call-text.ts`). Gone once each has
 * its row; what a dead process left gets them from here.
 */
export const callJournal = pgTable("call_journal", { id: id(), lines: text().notNull() });

/** How many calls an organization had on a UTC day that is over, counted once. */
export const callDays = pgTable(
  "call_day",
  {
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    day: date().notNull(),
    calls: integer().notNull(),
    problems: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.day] })],
);

/** A sign-in, consent, refusal or revocation. `orgId` is null for what belongs to a person alone. */
export const accessEvents = pgTable(
  "access_event",
  {
    id: id(),
    orgId: text("org_id").references(() => organizations.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
    kind: text().notNull(),
    outcome: text().$type<"ok" | "refused">().notNull(),
    reason: text(),
    /** A person with their address, or a service token (`svc_…`) with its name. */
    personId: text("person_id"),
    email: text().notNull().default(""),
    portalId: text("portal_id"),
    portalName: text("portal_name"),
    clientId: text("client_id"),
    clientName: text("client_name"),
    ip: text().notNull().default(""),
    userAgent: text("user_agent").notNull().default(""),
    /** `ref_…`: all events of one sign-in have the same. */
    correlationId: text("correlation_id"),
    detail: json().$type<JsonObject>(),
  },
  (t) => [
    index("access_event_org_idx").on(t.orgId, t.id),
    index("access_event_person_idx").on(t.personId, t.id),
    index("access_event_correlation_idx").on(t.correlationId),
  ],
);

/** An administrative change: who, what, before → after, never a secret. */
export const auditEvents = pgTable(
  "audit_event",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
    actorId: text("actor_id"),
    actorEmail: text("actor_email").notNull(),
    /** `noun.verb`, e.g. `server.created`. */
    action: text().notNull(),
    targetKind: text("target_kind").notNull(),
    targetId: text("target_id").notNull(),
    targetName: text("target_name").notNull(),
    before: json().$type<JsonObject>(),
    after: json().$type<JsonObject>(),
  },
  (t) => [index("audit_event_org_idx").on(t.orgId, t.id), index("audit_event_target_idx").on(t.orgId, t.targetId, t.id)],
);
