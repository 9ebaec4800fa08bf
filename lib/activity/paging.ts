import { count, eq, gte, ilike, lt, or, type SQL } from "drizzle-orm";
import type { accessEvents, auditEvents, calls } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { type IdPrefix, idAt } from "@/lib/ids";
import type { ActivityFilters } from "./schema";

/** One page, newest first. `next` is the cursor of the page of older rows; `total` counts up to `totalMax` and then stops. */
export type Page<T> = { rows: T[]; next: string | null; total: number; isTotalExact: boolean };
export const totalMax = 1_000;

export function page<T extends { id: string }>(found: T[], rowsMax: number, total: number): Page<T> {
  const rows = found.slice(0, rowsMax);
  const next = found.length > rowsMax ? (rows.at(-1)?.id ?? null) : null;
  return { rows, next, total: Math.min(total, totalMax), isTotalExact: total <= totalMax };
}

export async function countOf(db: Database, found: Parameters<ReturnType<Database["select"]>["from"]>[0]): Promise<number> {
  const [row] = await db.select({ n: count() }).from(found);
  return row?.n ?? 0;
}

export const dayMs = 86_400_000;

type Column = typeof calls.id | typeof accessEvents.id | typeof auditEvents.id;
type TextColumn = Parameters<typeof ilike>[0];

// Ids are ordered by time, so a range of days is a range of the index.
export function between(column: Column, prefix: IdPrefix, filters: ActivityFilters): (SQL | undefined)[] {
  return [
    filters.from === undefined ? undefined : gte(column, idAt(prefix, new Date(filters.from))),
    filters.to === undefined ? undefined : lt(column, idAt(prefix, new Date(Date.parse(filters.to) + dayMs))),
  ];
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, "\\$&");
/** A whole address is looked up by index, a part of one is searched for. */
export const person = (column: typeof calls.personEmail | typeof accessEvents.email | typeof auditEvents.actorEmail, text: string): SQL =>
  /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text) ? eq(column, text) : ilike(column, `%${escapeLike(text)}%`);
export const contains = (text: string, ...columns: TextColumn[]): SQL | undefined => or(...columns.map((column) => ilike(column, `%${escapeLike(text)}%`)));
