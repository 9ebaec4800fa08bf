import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type * as schema from "@/drizzle/schema";

/** One type for every door (PGlite, pg, Neon) and for a transaction of any of them. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;
