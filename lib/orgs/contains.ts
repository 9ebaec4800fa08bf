import { or, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** Rows where one of the columns contains what was typed, whatever its case; no condition when nothing was typed. `%` means itself. */
export function contains(typed: string | undefined, ...columns: AnyPgColumn[]): SQL | undefined {
  const text = typed?.replaceAll("\0", "").trim().slice(0, 200).toLowerCase();
  return text ? or(...columns.map((column) => sql`position(${text} in lower(${column})) > 0`)) : undefined;
}
