import { sql } from "drizzle-orm";
import { boolean, foreignKey, index, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, id, orgId, time } from "./columns";
import { people } from "./people";
import { servers } from "./servers";

/** A credential at a server: a person's own, or the one that the admins share (no person). */
export const connections = pgTable(
  "connection",
  {
    id: id(),
    orgId: orgId(),
    serverId: text("server_id").notNull(),
    personId: text("person_id").references(() => people.id, { onDelete: "cascade" }),
    kind: text().$type<"oauth" | "bearer" | "headers">().notNull(),
    /** The authorization server that the tokens are from; null for pasted keys. */
    issuer: text(),
    /** Sealed JSON: an `UpstreamCredential` of lib/mcp/upstream-auth, or header values. */
    secret: text().notNull(),
    fingerprint: text().notNull(),
    state: text().$type<"active" | "reconnect">().notNull().default("active"),
    /** Whom the provider calls the account, where it says; display only. */
    account: text().notNull().default(""),
    expiresAt: time("expires_at"),
    /** Whether the provider gave a refresh token, so that expiry does not need the person. */
    renews: boolean().notNull().default(false),
    /** A `cause` of lib/mcp/upstream-auth from the last renewal that failed; null when all is well. */
    lastError: text("last_error"),
    lastErrorAt: time("last_error_at"),
    /** One renewal at a time, on any instance. */
    leaseUntil: time("lease_until"),
    createdAt: createdAt(),
    updatedAt: time("updated_at").notNull().defaultNow(),
  },
  (t) => [
    foreignKey({ columns: [t.orgId, t.serverId], foreignColumns: [servers.orgId, servers.id] }).onDelete("cascade"),
    uniqueIndex("connection_person_key").on(t.serverId, t.personId).where(sql`${t.personId} is not null`),
    uniqueIndex("connection_shared_key").on(t.serverId).where(sql`${t.personId} is null`),
    index("connection_person_idx").on(t.personId),
  ],
);

/** Gatehouse as one authorization server knows it, for one server: registered by hand or by itself. Never used with another issuer. */
export const upstreamClients = pgTable(
  "upstream_client",
  {
    orgId: orgId(),
    serverId: text("server_id").notNull(),
    issuer: text().notNull(),
    clientId: text("client_id").notNull(),
    origin: text().$type<"admin" | "document" | "registration">().notNull(),
    /** Sealed JSON of an `UpstreamClient`. */
    secret: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.serverId, t.issuer] }),
    foreignKey({ columns: [t.orgId, t.serverId], foreignColumns: [servers.orgId, servers.id] }).onDelete("cascade"),
  ],
);

/** A person on the way to a provider and back: single use, ten minutes. */
export const connectFlows = pgTable(
  "connect_flow",
  {
    stateHash: text("state_hash").primaryKey(),
    orgId: orgId(),
    serverId: text("server_id").notNull(),
    /** Who left. */
    personId: text("person_id")
      .notNull()
      .references(() => people.id, { onDelete: "cascade" }),
    isShared: boolean("is_shared").notNull(),
    /** SHA-256 of the browser's session and person; only they may come back. */
    bindingHash: text("binding_hash").notNull(),
    /** Sealed JSON of a `PendingAuthorization`. */
    secret: text().notNull(),
    /** A path of ours. */
    returnTo: text("return_to").notNull(),
    correlationId: text("correlation_id").notNull().default(""),
    createdAt: createdAt(),
    expiresAt: time("expires_at").notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.orgId, t.serverId], foreignColumns: [servers.orgId, servers.id] }).onDelete("cascade"),
    index("connect_flow_expiry_idx").on(t.expiresAt),
  ],
);
