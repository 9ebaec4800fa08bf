import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, pgTable, primaryKey, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, id, orgId } from "./columns";
import { organizations } from "./orgs";
import { type CapabilityKind, capabilities, policies, servers } from "./servers";

export const portals = pgTable(
  "portal",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    slug: text().notNull(),
    name: text().notNull(),
    description: text().notNull().default(""),
    /** What the portal tells clients about itself (`instructions`). */
    instructions: text().notNull().default(""),
    enabled: boolean().notNull().default(true),
    /** Who a refused person should ask; free text, usually an e-mail address. */
    contact: text().notNull().default(""),
    /** Whether the portal offers tools of its own (`portal_…`) beside those of its servers. */
    portalTools: boolean("portal_tools").notNull().default(false),
    /** How much of the tools a client gets to see unless it asks for another way; only with `portalTools`. */
    contextMode: text("context_mode").$type<"full" | "names" | "search">().notNull().default("full"),
    /** How long an access token and a grant live; null is the default (lib/limits.ts). */
    accessTokenSeconds: integer("access_token_seconds"),
    grantDays: integer("grant_days"),
    createdAt: createdAt(),
  },
  (t) => [
    unique("portal_slug_key").on(t.orgId, t.slug),
    unique("portal_org_id_key").on(t.orgId, t.id),
    check("portal_slug_check", sql`${t.slug} ~ '^[a-z0-9][a-z0-9-]{0,31}$'`),
    check("portal_context_mode_check", sql`${t.contextMode} in ('full', 'names', 'search')`),
    check("portal_access_token_check", sql`${t.accessTokenSeconds} between 300 and 86400`),
    check("portal_grant_days_check", sql`${t.grantDays} between 1 and 365`),
  ],
);

/** A server inside a portal. `prefixed` is the stored answer to "prefix when needed" (design 4.10). */
export const assignments = pgTable(
  "assignment",
  {
    orgId: orgId(),
    portalId: text("portal_id").notNull(),
    serverId: text("server_id").notNull(),
    prefixed: boolean().notNull(),
    /** Whose account is used at the server: the one the admins share, or each person's own. */
    account: text().$type<"shared" | "personal">().notNull().default("shared"),
    position: integer().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.serverId] }),
    unique("assignment_org_key").on(t.orgId, t.portalId, t.serverId),
    foreignKey({ columns: [t.orgId, t.portalId], foreignColumns: [portals.orgId, portals.id] }).onDelete("cascade"),
    foreignKey({ columns: [t.orgId, t.serverId], foreignColumns: [servers.orgId, servers.id] }).onDelete("cascade"),
    index("assignment_server_idx").on(t.serverId),
  ],
);

/**
 * One capability inside one portal: on or off, and under which name clients know it.
 * The name is stored, so nothing that arrives later can rename it; the index keeps names unique after case folding.
 */
export const toggles = pgTable(
  "toggle",
  {
    orgId: orgId(),
    portalId: text("portal_id").notNull(),
    serverId: text("server_id").notNull(),
    capabilityId: text("capability_id").notNull(),
    kind: text().$type<CapabilityKind>().notNull(),
    enabled: boolean().notNull(),
    /** False until a person has decided: shown as "new" in the portal. */
    decided: boolean().notNull().default(true),
    exposedName: text("exposed_name").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.capabilityId] }),
    foreignKey({ columns: [t.orgId, t.portalId, t.serverId], foreignColumns: [assignments.orgId, assignments.portalId, assignments.serverId] }).onDelete(
      "cascade",
    ),
    foreignKey({ columns: [t.orgId, t.serverId, t.capabilityId], foreignColumns: [capabilities.orgId, capabilities.serverId, capabilities.id] }).onDelete(
      "cascade",
    ),
    uniqueIndex("toggle_name_key").on(t.portalId, t.kind, sql`lower(${t.exposedName})`),
    index("toggle_capability_idx").on(t.capabilityId),
  ],
);

export const portalPolicies = pgTable(
  "portal_policy",
  {
    orgId: orgId(),
    portalId: text("portal_id").notNull(),
    policyId: text("policy_id").notNull(),
    position: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.policyId] }),
    foreignKey({ columns: [t.orgId, t.portalId], foreignColumns: [portals.orgId, portals.id] }).onDelete("cascade"),
    foreignKey({ columns: [t.orgId, t.policyId], foreignColumns: [policies.orgId, policies.id] }).onDelete("cascade"),
  ],
);
