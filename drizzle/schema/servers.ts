import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, json, pgTable, primaryKey, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, id, orgId, time } from "./columns";
import { organizations } from "./orgs";

export type JsonObject = { [key: string]: unknown };
export type CapabilityKind = "tool" | "prompt" | "resource" | "template";

/** What an admin says about a server's OAuth. Everything empty: it is all discovered. */
export type ServerOAuth = {
  scopes: string[];
  /** For providers that support S256 without saying so. */
  allowUnannouncedS256: boolean;
  /** Endpoints by hand, for a server whose documents cannot be found. */
  manual: { issuer: string; authorizationEndpoint: string; tokenEndpoint: string; revocationEndpoint: string } | null;
};

/** An upstream MCP server. */
export const servers = pgTable(
  "server",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    /** `[a-z0-9-]{1,12}`; the prefix of exposed names. */
    slug: text().notNull(),
    name: text().notNull(),
    description: text().notNull().default(""),
    url: text().notNull(),
    auth: text().$type<"none" | "bearer" | "headers" | "oauth">().notNull().default("none"),
    /** Sealed JSON of the request headers that carry the credential (lib/crypto/seal.ts); write-only. */
    secret: text(),
    secretFingerprint: text("secret_fingerprint"),
    secretSetAt: time("secret_set_at"),
    /** How to sign in there with OAuth, as far as an admin decides; secrets are in `upstream_client`. */
    oauth: json().$type<ServerOAuth>(),
    /** `portal`: everyone the portal admits. `policies`: the server's own attached policies decide. */
    access: text().$type<"portal" | "policies">().notNull().default("portal"),
    callTimeoutMs: integer("call_timeout_ms").notNull().default(60_000),
    /** `auto`: found out by probing. `current`: 2026-07-28 without sessions. `session`: the 2025 eras and older. */
    protocol: text().$type<"auto" | "current" | "session">().notNull().default("auto"),

    // What the last probe and sync found.
    transport: text().$type<"streamable_http" | "sse">(),
    era: text().$type<"modern" | "legacy">(),
    protocolVersion: text("protocol_version"),
    probedAt: time("probed_at"),
    serverInfo: json("server_info").$type<JsonObject>(),
    serverCapabilities: json("server_capabilities").$type<JsonObject>(),
    instructions: text().notNull().default(""),
    status: text().$type<"waiting" | "ready" | "stale" | "error">().notNull().default("waiting"),
    /** A `FailureCause` of lib/mcp/upstream-types.ts; null when the last sync was fine. */
    errorCause: text("error_cause"),
    errorMessage: text("error_message"),
    /** What the last sync left out, and why. */
    notes: json().$type<string[]>().notNull().default([]),
    lastSyncAt: time("last_sync_at"),
    lastSuccessAt: time("last_success_at"),
    nextSyncAt: time("next_sync_at"),
    /** A sync holds this lease; two never run at once, on any instance. */
    syncLeaseUntil: time("sync_lease_until"),
    /** What a running sync is doing, for the page that watches it. */
    syncProgress: text("sync_progress"),
    createdAt: createdAt(),
  },
  (t) => [
    unique("server_slug_key").on(t.orgId, t.slug),
    unique("server_org_id_key").on(t.orgId, t.id),
    index("server_next_sync_idx").on(t.nextSyncAt),
    check("server_slug_check", sql`${t.slug} ~ '^[a-z0-9][a-z0-9-]{0,11}$'`),
    check("server_protocol_check", sql`${t.protocol} in ('auto', 'current', 'session')`),
  ],
);

/**
 * A tool, prompt, resource or template that a server offers.
 * New: `approvedFingerprint` is null. Changed: it differs from `fingerprint`. Gone: `missingSince` is set.
 * Only an approved, unchanged, present capability is ever served.
 */
export const capabilities = pgTable(
  "capability",
  {
    id: id(),
    orgId: orgId(),
    serverId: text("server_id").notNull(),
    kind: text().$type<CapabilityKind>().notNull(),
    /** The upstream's own name: a tool's or prompt's `name`, a resource's `uri`, a template's `uriTemplate`. */
    name: text().notNull(),
    title: text().notNull().default(""),
    description: text().notNull().default(""),
    /** `annotations.readOnlyHint`, claimed by the server; it ticks boxes and never grants anything. */
    readOnly: boolean("read_only").notNull().default(false),
    /** The raw definition as last synchronised, byte order kept (`json`, not `jsonb`). */
    definition: json().$type<JsonObject>().notNull(),
    fingerprint: text().notNull(),
    approvedDefinition: json("approved_definition").$type<JsonObject>(),
    approvedFingerprint: text("approved_fingerprint"),
    /** What the scanner noticed: hidden characters, markup, oversize fields … */
    warnings: json().$type<string[]>().notNull().default([]),
    position: integer().notNull().default(0),
    firstSeenAt: time("first_seen_at").notNull().defaultNow(),
    changedAt: time("changed_at"),
    missingSince: time("missing_since"),
  },
  (t) => [
    foreignKey({ columns: [t.orgId, t.serverId], foreignColumns: [servers.orgId, servers.id] }).onDelete("cascade"),
    uniqueIndex("capability_name_key").on(t.serverId, t.kind, t.name),
    unique("capability_org_id_key").on(t.orgId, t.serverId, t.id),
  ],
);

export const serverPolicies = pgTable(
  "server_policy",
  {
    orgId: orgId(),
    serverId: text("server_id").notNull(),
    policyId: text("policy_id").notNull(),
    position: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.serverId, t.policyId] }),
    foreignKey({ columns: [t.orgId, t.serverId], foreignColumns: [servers.orgId, servers.id] }).onDelete("cascade"),
    foreignKey({ columns: [t.orgId, t.policyId], foreignColumns: [policies.orgId, policies.id] }).onDelete("cascade"),
  ],
);

export type PolicyRule =
  | { kind: "everyone" }
  | { kind: "email"; email: string }
  | { kind: "email_domain"; domain: string }
  | { kind: "group"; groupId: string };

/** An organization's reusable rule object, attached in order to portals and servers. */
export const policies = pgTable(
  "policy",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    name: text().notNull(),
    description: text().notNull().default(""),
    action: text().$type<"allow" | "block">().notNull(),
    include: json().$type<PolicyRule[]>().notNull(),
    require: json().$type<PolicyRule[]>().notNull().default([]),
    exclude: json().$type<PolicyRule[]>().notNull().default([]),
    createdAt: createdAt(),
    updatedAt: time("updated_at").notNull().defaultNow(),
  },
  (t) => [
    unique("policy_name_key").on(t.orgId, t.name),
    unique("policy_org_id_key").on(t.orgId, t.id),
    check("policy_action_check", sql`${t.action} in ('allow', 'block')`),
  ],
);
