import { and, eq } from "drizzle-orm";
import { people, sessions } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { PersonContext } from "@/lib/auth/context";
import { endSessionsOf } from "@/lib/auth/session";
import { AppError, invalid, notFound } from "@/lib/errors";
import { hit } from "@/lib/throttle/throttle";
import { guessable } from "./common-passwords";
import { createLink } from "./links";
import { type Deliver, mails } from "./mails";
import { hashPassword } from "./password";
import { provePassword } from "./prove-password";
import { mailsPerAddress } from "./sign-up";

export async function changeName(ctx: PersonContext, input: { name: string }): Promise<void> {
  await ctx.db.update(people).set({ name: input.name }).where(eq(people.id, ctx.person.id));
}

/** Ends all other sessions; the action gives this browser a new one. */
export async function changePassword(ctx: PersonContext, input: { password: string; newPassword: string }, deliver: Deliver): Promise<void> {
  const easy = guessable(input.newPassword, ctx.person.email);
  if (easy) throw invalid("newPassword", easy);
  await provePassword(ctx.db, ctx.person.id, input.password, ctx.now);
  const passwordHash = await hashPassword(input.newPassword);
  await ctx.db.transaction(async (tx) => {
    await tx.update(people).set({ passwordHash, passwordChangedAt: ctx.now }).where(eq(people.id, ctx.person.id));
    await endSessionsOf(tx, ctx.person.id, ctx.sessionId);
    await recordAccess(tx, ctx.now, { kind: "password_changed", outcome: "ok", ...about(ctx) });
  });
  await deliver(mails.passwordChanged(ctx.person.email));
}

/** Mails a link to the new address and tells the old one; nothing changes until the link is used. Says nothing about whose the new address is. */
export async function changeEmail(ctx: PersonContext, input: { email: string; password: string }, deliver: Deliver): Promise<void> {
  if (input.email === ctx.person.email) throw invalid("email", "is your address already");
  await provePassword(ctx.db, ctx.person.id, input.password, ctx.now);
  await countMails(ctx, `change-email:${ctx.person.id}`);
  const [taken] = await ctx.db.select({ id: people.id }).from(people).where(eq(people.email, input.email));
  const link = await createLink(ctx.db, { kind: "change_email", personId: ctx.person.id, email: input.email }, ctx.now);
  await deliver(taken ? mails.addressTaken(input.email) : mails.changeEmail(input.email, link.token));
  await deliver(mails.emailAboutToChange(ctx.person.email, input.email));
}

export async function resendVerification(ctx: PersonContext, deliver: Deliver): Promise<void> {
  if (ctx.person.emailVerified) throw new AppError("conflict", "your address is confirmed already");
  await countMails(ctx, `resend:${ctx.person.id}`);
  const link = await createLink(ctx.db, { kind: "verify_email", personId: ctx.person.id, email: ctx.person.email }, ctx.now);
  await deliver(mails.verify(ctx.person.email, link.token));
}

export async function revokeSession(ctx: PersonContext, input: { session: string }): Promise<void> {
  const id = input.session.replaceAll("\0", "");
  await ctx.db.transaction(async (tx) => {
    const ended = await tx
      .delete(sessions)
      .where(and(eq(sessions.personId, ctx.person.id), eq(sessions.id, id)))
      .returning({ id: sessions.id });
    if (ended.length === 0) throw notFound("session", id);
    await recordAccess(tx, ctx.now, { kind: "session_revoked", outcome: "ok", detail: { sessions: 1 }, ...about(ctx) });
  });
}

export async function revokeOtherSessions(ctx: PersonContext): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const ended = await endSessionsOf(tx, ctx.person.id, ctx.sessionId);
    if (ended > 0) await recordAccess(tx, ctx.now, { kind: "session_revoked", outcome: "ok", detail: { sessions: ended }, ...about(ctx) });
    return ended;
  });
}

const about = (ctx: PersonContext) => ({ personId: ctx.person.id, email: ctx.person.email, ...ctx.request });

async function countMails(ctx: PersonContext, key: string): Promise<void> {
  const { allowed, retryAfterSeconds } = await hit(ctx.db, key, mailsPerAddress, ctx.now);
  if (!allowed) throw new AppError("limit", `too many mails; try again in ${Math.ceil(retryAfterSeconds / 60)} min`, { retryAfterSeconds });
}
