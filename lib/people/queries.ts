import { and, desc, eq, gt } from "drizzle-orm";
import { sessions } from "@/drizzle/schema";
import type { PersonContext } from "@/lib/auth/context";
import { idleSince } from "@/lib/auth/session";

export type MySession = { id: string; userAgent: string; ip: string; createdAt: Date; lastSeenAt: Date; isThis: boolean };

/** The live sessions of the person, most recently seen first. */
export async function listMySessions(ctx: PersonContext): Promise<MySession[]> {
  const rows = await ctx.db
    .select({ id: sessions.id, userAgent: sessions.userAgent, ip: sessions.ip, createdAt: sessions.createdAt, lastSeenAt: sessions.lastSeenAt })
    .from(sessions)
    .where(and(eq(sessions.personId, ctx.person.id), gt(sessions.expiresAt, ctx.now), gt(sessions.lastSeenAt, idleSince(ctx.now))))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
    .limit(100);
  return rows.map((row) => ({ ...row, isThis: row.id === ctx.sessionId }));
}
