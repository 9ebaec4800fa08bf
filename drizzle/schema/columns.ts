import { text, timestamp } from "drizzle-orm/pg-core";

/** Primary keys are text: a prefix that names the table, then 26 time-ordered characters (see lib/ids.ts). */
export const id = () => text().primaryKey();
export const orgId = () => text("org_id").notNull();
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
export const createdAt = () => time("created_at").notNull().defaultNow();
