import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, json, pgTable, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, id, orgId, time } from "./columns";
import { organizations } from "./orgs";
import { people } from "./people";
import { portals } from "./portals";
import type { JsonObject } from "./servers";
import { serviceTokens } from "./service-tokens";

/** An OAuth client: registered (RFC 7591) or known by its metadata document, whose URL then is the id. */
export const clients = pgTable("client", {
  /** The `client_id`. */
  id: id(),
  kind: text().$type<"dcr" | "cimd">().notNull(),
  name: text().notNull(),
  redirectUris: json("redirect_uris").$type<string[]>().notNull(),
  tokenEndpointAuthMethod: text("token_endpoint_auth_method").$type<"none" | "client_secret_basic" | "client_secret_post">().notNull().default("none"),
  /** SHA-256 of a confidential client's secret, which is shown once, in the answer to its registration. */
  secretHash: text("secret_hash"),
  /** Everything it registered, echoed back; display only. */
  metadata: json().$type<JsonObject>().notNull().default({}),
  createdAt: createdAt(),
  lastUsedAt: time("last_used_at"),
  /** DCR: when an unused client is removed. CIMD: until when the document may be served from this row. */
  expiresAt: time("expires_at"),
});

/** What an organization lists as its clients: a vendor that is known here, a redirect URI (a prefix when it ends in `/`), or a `client_id`. */
export const clientRules = pgTable(
  "client_rule",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    kind: text().$type<"vendor" | "redirect" | "client_id">().notNull(),
    value: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [unique("client_rule_key").on(t.orgId, t.kind, t.value), check("client_rule_kind_check", sql`${t.kind} in ('vendor', 'redirect', 'client_id')`)],
);

/** An authorization request that passed every check and waits for the person: single use, ten minutes. */
export const authorizations = pgTable(
  "authorization",
  {
    id: id(),
    /** SHA-256 of the id in the browser's URL. */
    tokenHash: text("token_hash").notNull(),
    /** SHA-256 of the `__Host-` cookie of the browser that started it (OA-24). */
    browserHash: text("browser_hash").notNull(),
    clientId: text("client_id")
      .notNull()
      .references(() => clients.id, { onDelete: "cascade" }),
    orgId: orgId(),
    portalId: text("portal_id").notNull(),
    redirectUri: text("redirect_uri").notNull(),
    resource: text().notNull(),
    scope: text().notNull(),
    state: text(),
    codeChallenge: text("code_challenge").notNull(),
    /** Names this sign-in to the person, in the operator's log and in access events. */
    correlationId: text("correlation_id").notNull().default(""),
    /** Made by the OAuth doctor, which takes it back. */
    isDoctor: boolean("is_doctor").notNull().default(false),
    createdAt: createdAt(),
    expiresAt: time("expires_at").notNull(),
    usedAt: time("used_at"),
  },
  (t) => [
    uniqueIndex("authorization_token_key").on(t.tokenHash),
    foreignKey({ columns: [t.orgId, t.portalId], foreignColumns: [portals.orgId, portals.id] }).onDelete("cascade"),
  ],
);

/** One person let one client into one portal, or an admin bound a service token to it. All its tokens are one family. */
export const grants = pgTable(
  "grant",
  {
    id: id(),
    orgId: orgId(),
    portalId: text("portal_id").notNull(),
    personId: text("person_id").references(() => people.id, { onDelete: "cascade" }),
    clientId: text("client_id").references(() => clients.id, { onDelete: "cascade" }),
    /** In place of a person and their client. */
    serviceTokenId: text("service_token_id"),
    scope: text().notNull(),
    resource: text().notNull(),
    /** Empty for a service token, which is sent nowhere. */
    redirectUri: text("redirect_uri").notNull(),
    /** Servers that the person switched off for this grant, through the portal's own tools; they can only narrow. */
    serversOff: json("servers_off").$type<string[]>().notNull().default([]),
    /** Of the sign-in that it came from; empty for those from before there were any. */
    correlationId: text("correlation_id").notNull().default(""),
    isDoctor: boolean("is_doctor").notNull().default(false),
    createdAt: createdAt(),
    lastUsedAt: time("last_used_at"),
    expiresAt: time("expires_at").notNull(),
    revokedAt: time("revoked_at"),
    revokedReason: text("revoked_reason"),
  },
  (t) => [
    foreignKey({ columns: [t.orgId, t.portalId], foreignColumns: [portals.orgId, portals.id] }).onDelete("cascade"),
    foreignKey({ columns: [t.orgId, t.serviceTokenId], foreignColumns: [serviceTokens.orgId, serviceTokens.id] }).onDelete("cascade"),
    unique("grant_service_token_key").on(t.serviceTokenId, t.portalId),
    check("grant_owner_check", sql`(${t.personId} is null) = (${t.serviceTokenId} is not null) and (${t.clientId} is null) = (${t.personId} is null)`),
    index("grant_person_idx").on(t.personId),
    index("grant_org_idx").on(t.orgId, t.portalId),
    index("grant_client_idx").on(t.clientId),
  ],
);

export const codes = pgTable("code", {
  codeHash: text("code_hash").primaryKey(),
  grantId: text("grant_id")
    .notNull()
    .references(() => grants.id, { onDelete: "cascade" }),
  clientId: text("client_id").notNull(),
  redirectUri: text("redirect_uri").notNull(),
  codeChallenge: text("code_challenge").notNull(),
  createdAt: createdAt(),
  expiresAt: time("expires_at").notNull(),
  failures: integer().notNull().default(0),
  usedAt: time("used_at"),
});

export const accessTokens = pgTable(
  "access_token",
  {
    tokenHash: text("token_hash").primaryKey(),
    grantId: text("grant_id")
      .notNull()
      .references(() => grants.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
    expiresAt: time("expires_at").notNull(),
  },
  (t) => [index("access_token_grant_idx").on(t.grantId), index("access_token_expiry_idx").on(t.expiresAt)],
);

export const refreshTokens = pgTable(
  "refresh_token",
  {
    tokenHash: text("token_hash").primaryKey(),
    grantId: text("grant_id")
      .notNull()
      .references(() => grants.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
    /** Idle expiry; the grant's own expiry is the absolute one. */
    expiresAt: time("expires_at").notNull(),
    /** First use. Within 30 s each further use mints its own pair; afterwards it ends the family. */
    spentAt: time("spent_at"),
  },
  (t) => [index("refresh_token_grant_idx").on(t.grantId), index("refresh_token_expiry_idx").on(t.expiresAt)],
);

/** An MCP session of the 2025 eras (design 4.17). It never stands for the token: each request needs both (ME-08). */
export const mcpSessions = pgTable(
  "mcp_session",
  {
    id: id(),
    /** SHA-256 of the `Mcp-Session-Id`. */
    tokenHash: text("token_hash").notNull(),
    orgId: orgId(),
    portalId: text("portal_id").notNull(),
    grantId: text("grant_id")
      .notNull()
      .references(() => grants.id, { onDelete: "cascade" }),
    personId: text("person_id").references(() => people.id, { onDelete: "cascade" }),
    /** In place of a person. */
    serviceTokenId: text("service_token_id"),
    protocolVersion: text("protocol_version").notNull(),
    /** What the client said of itself and can do, from `initialize`. */
    clientInfo: json("client_info").$type<JsonObject>().notNull(),
    capabilities: json().$type<JsonObject>().notNull(),
    /** From `logging/setLevel`; null until then. */
    logLevel: text("log_level"),
    /** Exposed URIs from `resources/subscribe`. */
    subscriptions: json().$type<string[]>().notNull().default([]),
    createdAt: createdAt(),
    lastSeenAt: time("last_seen_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("mcp_session_token_key").on(t.tokenHash),
    foreignKey({ columns: [t.orgId, t.portalId], foreignColumns: [portals.orgId, portals.id] }).onDelete("cascade"),
    foreignKey({ columns: [t.orgId, t.serviceTokenId], foreignColumns: [serviceTokens.orgId, serviceTokens.id] }).onDelete("cascade"),
    check("mcp_session_owner_check", sql`(${t.personId} is null) = (${t.serviceTokenId} is not null)`),
    index("mcp_session_grant_idx").on(t.grantId),
    index("mcp_session_person_idx").on(t.personId, t.lastSeenAt),
    index("mcp_session_seen_idx").on(t.lastSeenAt),
  ],
);
