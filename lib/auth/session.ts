import { and, eq, gt, ne } from "drizzle-orm";
import { people, sessions } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { clip } from "@/lib/errors";
import { hashToken, newId, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";

export type RequestOrigin = { ip: string; userAgent: string };
export type LiveSession = { id: string; lastSeenAt: Date; authenticatedAt: Date; person: { id: string; email: string; name: string; emailVerified: boolean } };

/** Inserts the row of a new session and returns the `sid` that only the browser will know. */
export async function createSession(db: Database, personId: string, request: RequestOrigin, now: Date): Promise<string> {
  const sid = newToken("ghs");
  await db.insert(sessions).values({
    id: newId("ses", now.getTime()),
    tokenHash: hashToken(sid),
    personId,
    ip: request.ip,
    userAgent: clip(request.userAgent.replaceAll("\0", ""), 400),
    createdAt: now,
    lastSeenAt: now,
    authenticatedAt: now,
    expiresAt: new Date(now.getTime() + limits.sessionAbsoluteSeconds * 1_000),
  });
  return sid;
}

/** The live session behind a `sid`, or null: unknown, ended, idle for too long or too old. Notes that it was seen, at most once a minute. */
export async function findSession(db: Database, sid: string, now: Date): Promise<LiveSession | null> {
  const [found] = await db
    .select({
      id: sessions.id,
      lastSeenAt: sessions.lastSeenAt,
      authenticatedAt: sessions.authenticatedAt,
      personId: people.id,
      email: people.email,
      name: people.name,
      emailVerifiedAt: people.emailVerifiedAt,
    })
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.personId))
    .where(and(eq(sessions.tokenHash, hashToken(sid)), gt(sessions.expiresAt, now), gt(sessions.lastSeenAt, idleSince(now))))
    .limit(1);
  if (!found) return null;
  if (now.getTime() - found.lastSeenAt.getTime() > seenEveryMs) await db.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.id, found.id));
  const { personId, email, name, emailVerifiedAt, ...session } = found;
  return { ...session, person: { id: personId, email, name, emailVerified: emailVerifiedAt !== null } };
}

export async function endSession(db: Database, sid: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.tokenHash, hashToken(sid)));
}

/** Ends all sessions of a person, or all but one; returns how many. */
export async function endSessionsOf(db: Database, personId: string, exceptId: string | null = null): Promise<number> {
  const others = exceptId ? and(eq(sessions.personId, personId), ne(sessions.id, exceptId)) : eq(sessions.personId, personId);
  return (await db.delete(sessions).where(others).returning({ id: sessions.id })).length;
}

export const idleSince = (now: Date) => new Date(now.getTime() - limits.sessionIdleSeconds * 1_000);

const seenEveryMs = 60_000;
