import { and, eq, ne } from "drizzle-orm";
import { sessions } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { PersonContext } from "@/lib/auth/context";
import { revokeGrantsOfPerson } from "@/lib/oauth/grants";
import type { SignOutEverywhere } from "./schema";

/** Ends every app's way into this portal, and every other browser in which this person is signed in. */
export async function signOutEverywhere(ctx: PersonContext, { portalId }: SignOutEverywhere): Promise<{ apps: number; browsers: number }> {
  return ctx.db.transaction(async (tx) => {
    const apps = await revokeGrantsOfPerson(tx, { portalId, personId: ctx.person.id }, "person", ctx.now);
    const others = and(eq(sessions.personId, ctx.person.id), ctx.sessionId ? ne(sessions.id, ctx.sessionId) : undefined);
    const ended = await tx.delete(sessions).where(others).returning({ id: sessions.id });
    if (ended.length > 0) {
      await recordAccess(tx, ctx.now, {
        kind: "session_revoked",
        outcome: "ok",
        reason: `${ended.length} other ${ended.length === 1 ? "session" : "sessions"}`,
        personId: ctx.person.id,
        email: ctx.person.email,
        ...ctx.request,
      });
    }
    return { apps, browsers: ended.length };
  });
}
