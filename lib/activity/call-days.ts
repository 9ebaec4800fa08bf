import { and, eq, gte, inArray, lt, notExists, notInArray, sql } from "drizzle-orm";
import { callDays, calls, organizations } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { idAt } from "@/lib/ids";

export type DayOfCalls = { day: string; calls: number; problems: number };

/** How many days the overview shows. */
export const overviewDays = 14;

const dayMs = 86_400_000;
/** A call that is still open, or in a spool, when its day ends has so long to be on record with its outcome. */
const settleMs = 3_600_000;

/** The UTC days (`2026-11-30`) that end with the one of `now`, oldest first. */
export function lastDays(now: Date, count: number): string[] {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  return Array.from({ length: count }, (_, index) => dayOf(new Date(today - (count - 1 - index) * dayMs)));
}

/** Calls per day, in the order of `days`; those that `countDays` has not counted are counted now. */
export async function callsPerDay(db: Database, orgId: string, days: string[]): Promise<DayOfCalls[]> {
  const counted = await db
    .select({ day: callDays.day, calls: callDays.calls, problems: callDays.problems })
    .from(callDays)
    .where(and(eq(callDays.orgId, orgId), inArray(callDays.day, days)));
  const known = new Map(counted.map((row) => [row.day, row]));
  return Promise.all(days.map(async (day) => known.get(day) ?? { day, ...(await countOf(db, orgId, day)) }));
}

async function countOf(db: Database, orgId: string, day: string): Promise<{ calls: number; problems: number }> {
  const [all, problems] = await Promise.all([
    db.$count(calls, and(eq(calls.orgId, orgId), isOn(day))),
    db.$count(calls, and(eq(calls.orgId, orgId), isOn(day), isProblem)),
  ]);
  return { calls: all, problems };
}

/**
 * Counts the days that ended an hour ago or more, of those that the overview shows, for organizations where that was not done, so that nobody's page
 * reads two weeks of calls. Returns how many were counted.
 */
export async function countDays(db: Database, now: Date, batch = 100): Promise<number> {
  const days = lastDays(now, overviewDays).filter((day) => endOf(day) + settleMs <= now.getTime());
  const isCounted = db
    .select({ day: callDays.day })
    .from(callDays)
    .where(and(eq(callDays.orgId, organizations.id), eq(callDays.day, sql`wanted::date`)));
  const missing = await db
    .select({ orgId: organizations.id, day: sql<string>`wanted` })
    .from(organizations)
    .crossJoin(sql`unnest(${sql.param(days)}::text[]) as wanted`)
    .where(notExists(isCounted))
    .limit(batch);
  // One after the other: nobody waits for this, and others want the connections.
  const rows = [];
  for (const { orgId, day } of missing) rows.push({ orgId, day, ...(await countOf(db, orgId, day)) });
  if (rows.length > 0) await db.insert(callDays).values(rows).onConflictDoNothing();
  return rows.length;
}

// Ids are ordered by time, so a day is a range of the index (organization, id), and of the small one of problems.
const isOn = (day: string) => and(gte(calls.id, idAt("cal", new Date(day))), lt(calls.id, idAt("cal", new Date(endOf(day)))));
/** As the index of problems has it. */
export const isProblem = notInArray(calls.outcome, sql`('ok', 'pending')`);

const endOf = (day: string) => Date.parse(day) + dayMs;
/** In UTC, `2026-11-30`. */
export const dayOf = (at: Date) => at.toISOString().slice(0, 10);
