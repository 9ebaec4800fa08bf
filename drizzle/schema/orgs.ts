import { bigint, check, foreignKey, index, integer, pgTable, primaryKey, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { sql } from "drizzle-orm";
import { createdAt, id, orgId, time } from "./columns";
import { people } from "./people";

export const organizations = pgTable(
  "organization",
  {
    id: id(),
    slug: text().notNull(),
    name: text().notNull(),
    /** Bumped in the transaction of every command that touches rights (design 4.16). */
    accessVersion: bigint("access_version", { mode: "number" }).notNull().default(1),
    retentionDays: integer("retention_days").notNull().default(90),
    /** Which OAuth clients may be connected to its portals: any, or those of its client rules. */
    clients: text().$type<"any" | "listed">().notNull().default("any"),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("organization_slug_key").on(t.slug), check("organization_clients_check", sql`${t.clients} in ('any', 'listed')`)],
);

export const members = pgTable(
  "member",
  {
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    personId: text("person_id")
      .notNull()
      .references(() => people.id, { onDelete: "cascade" }),
    role: text().$type<"owner" | "admin" | "auditor" | "member">().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.personId] }),
    index("member_person_idx").on(t.personId),
    check("member_role_check", sql`${t.role} in ('owner', 'admin', 'auditor', 'member')`),
  ],
);

export const invitations = pgTable(
  "invitation",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    email: text().notNull(),
    role: text().$type<"owner" | "admin" | "auditor" | "member">().notNull(),
    tokenHash: text("token_hash").notNull(),
    /** E-mail of the inviter at that time, so the row outlives the account. */
    invitedBy: text("invited_by").notNull(),
    createdAt: createdAt(),
    expiresAt: time("expires_at").notNull(),
    acceptedAt: time("accepted_at"),
    revokedAt: time("revoked_at"),
  },
  (t) => [uniqueIndex("invitation_token_key").on(t.tokenHash), index("invitation_org_idx").on(t.orgId, t.createdAt)],
);

/** People an organization lets in nowhere, whatever a policy says. Matched by person and by e-mail. */
export const blocks = pgTable(
  "block",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    email: text().notNull(),
    personId: text("person_id").references(() => people.id, { onDelete: "set null" }),
    reason: text().notNull().default(""),
    createdBy: text("created_by").notNull(),
    createdAt: createdAt(),
  },
  (t) => [unique("block_email_key").on(t.orgId, t.email), index("block_person_idx").on(t.orgId, t.personId)],
);

export const groups = pgTable(
  "group",
  {
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    name: text().notNull(),
    description: text().notNull().default(""),
    createdAt: createdAt(),
  },
  (t) => [unique("group_name_key").on(t.orgId, t.name), unique("group_org_id_key").on(t.orgId, t.id)],
);

export const groupPeople = pgTable(
  "group_person",
  {
    orgId: orgId(),
    groupId: text("group_id").notNull(),
    email: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.groupId, t.email] }),
    foreignKey({ columns: [t.orgId, t.groupId], foreignColumns: [groups.orgId, groups.id] }).onDelete("cascade"),
    index("group_person_email_idx").on(t.orgId, t.email),
  ],
);
