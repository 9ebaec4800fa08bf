import { index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, id, time } from "./columns";

export const people = pgTable(
  "person",
  {
    id: id(),
    /** Always normalised: trimmed, lower case, NFC. */
    email: text().notNull(),
    emailVerifiedAt: time("email_verified_at"),
    name: text().notNull().default(""),
    /** Argon2id in PHC form; null for a person who signs in through an identity provider only. */
    passwordHash: text("password_hash"),
    passwordChangedAt: time("password_changed_at"),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("person_email_key").on(t.email)],
);

/** A person signed in to the web pages. `tokenHash` is the SHA-256 of the `sid` inside next-auth's cookie. */
export const sessions = pgTable(
  "session",
  {
    id: id(),
    tokenHash: text("token_hash").notNull(),
    personId: text("person_id")
      .notNull()
      .references(() => people.id, { onDelete: "cascade" }),
    userAgent: text("user_agent").notNull().default(""),
    ip: text().notNull().default(""),
    createdAt: createdAt(),
    lastSeenAt: time("last_seen_at").notNull().defaultNow(),
    /** When the password was last proven in this session, for changes that ask for it afresh. */
    authenticatedAt: time("authenticated_at").notNull().defaultNow(),
    expiresAt: time("expires_at").notNull(),
  },
  (t) => [uniqueIndex("session_token_key").on(t.tokenHash), index("session_person_idx").on(t.personId)],
);

/** A single-use link sent by mail. `kind`: verify_email | reset_password | change_email. */
export const links = pgTable(
  "link",
  {
    id: id(),
    kind: text().notNull(),
    personId: text("person_id")
      .notNull()
      .references(() => people.id, { onDelete: "cascade" }),
    /** The address that the link proves. */
    email: text().notNull(),
    tokenHash: text("token_hash").notNull(),
    createdAt: createdAt(),
    expiresAt: time("expires_at").notNull(),
    usedAt: time("used_at"),
  },
  (t) => [uniqueIndex("link_token_key").on(t.tokenHash), index("link_person_idx").on(t.personId)],
);

/** Counters behind every limit that is shared by instances: one row per key and window. */
export const throttles = pgTable("throttle", {
  key: text().primaryKey(),
  count: integer().notNull().default(0),
  windowEndsAt: time("window_ends_at").notNull(),
});

/** Facts about the installation itself, e.g. `setup_code_hash`. */
export const installation = pgTable("installation", {
  key: text().primaryKey(),
  value: text().notNull(),
  updatedAt: time("updated_at").notNull().defaultNow(),
});

/** One running process. Calls of an instance whose heartbeat stopped are marked interrupted. */
export const instances = pgTable("instance", {
  id: id(),
  startedAt: time("started_at").notNull().defaultNow(),
  heartbeatAt: time("heartbeat_at").notNull().defaultNow(),
});
