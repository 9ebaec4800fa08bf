import { sql } from "drizzle-orm";
import { check, pgTable, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, id, orgId, time } from "./columns";
import { organizations } from "./orgs";

/** A machine's way in: an OAuth client of its own that acts for nobody. Its grants say which portals it is bound to. */
export const serviceTokens = pgTable(
  "service_token",
  {
    /** Also its `client_id`. */
    id: id(),
    orgId: orgId().references(() => organizations.id, { onDelete: "cascade" }),
    name: text().notNull(),
    /** SHA-256 of the secret, which is shown once. */
    secretHash: text("secret_hash").notNull(),
    /** The secret before it, and until when both work. */
    oldSecretHash: text("old_secret_hash"),
    oldSecretUntil: time("old_secret_until"),
    /** E-mail of the admin at that time, so the row outlives the account. */
    createdBy: text("created_by").notNull(),
    createdAt: createdAt(),
    expiresAt: time("expires_at").notNull(),
    revokedAt: time("revoked_at"),
  },
  (t) => [
    unique("service_token_org_id_key").on(t.orgId, t.id),
    uniqueIndex("service_token_name_key").on(t.orgId, sql`lower(${t.name})`).where(sql`${t.revokedAt} is null`),
    check("service_token_old_secret_check", sql`(${t.oldSecretHash} is null) = (${t.oldSecretUntil} is null)`),
  ],
);
