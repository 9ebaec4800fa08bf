import { bumpVersionsAround } from "@/lib/orgs/access-version";
import { eq } from "drizzle-orm";
import { people } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import { addressPrefix } from "@/lib/auth/client-address";
import type { FrontContext } from "@/lib/auth/context";
import { endSessionsOf } from "@/lib/auth/session";
import { AppError, invalid } from "@/lib/errors";
import { limits } from "@/lib/limits";
import { hit } from "@/lib/throttle/throttle";
import { guessable } from "./common-passwords";
import { createLink, requireLink, spendLink } from "./links";
import { type Deliver, mails } from "./mails";
import { hashPassword } from "./password";
import type { ResetPassword } from "./schema";
import { mailsPerAddress } from "./sign-up";

/** Mails a link if the address has an account; the answer is the same if not (UI-08). */
export async function requestReset(ctx: FrontContext, input: { email: string }, deliver: Deliver): Promise<void> {
  const key = `reset:${addressPrefix(ctx.request.ip)}`;
  const { allowed, retryAfterSeconds } = await hit(ctx.db, key, { limit: limits.signInFailuresPerPrefix, windowSeconds: limits.signInWindowSeconds }, ctx.now);
  if (!allowed) throw new AppError("limit", `too many requests; try again in ${Math.ceil(retryAfterSeconds / 60)} min`, { retryAfterSeconds });
  const [person] = await ctx.db.select({ id: people.id }).from(people).where(eq(people.email, input.email));
  const perAddress = await hit(ctx.db, `reset-mail:${input.email}`, mailsPerAddress, ctx.now);
  if (!person || !perAddress.allowed) return;
  const link = await createLink(ctx.db, { kind: "reset_password", personId: person.id, email: input.email }, ctx.now);
  await deliver(mails.reset(input.email, link.token));
}

/** Sets a new password by a mailed link, which proves the address too, and ends every session of the person. */
export async function resetPassword(ctx: FrontContext, input: ResetPassword, deliver: Deliver): Promise<void> {
  const link = await requireLink(ctx.db, input.token, ["reset_password"], ctx.now);
  const easy = guessable(input.password, link.email);
  if (easy) throw invalid("password", easy);
  const passwordHash = await hashPassword(input.password);
  await ctx.db.transaction(async (tx) => {
    await spendLink(tx, link, ctx.now);
    const [person] = await tx
      .select({ email: people.email, emailVerifiedAt: people.emailVerifiedAt })
      .from(people)
      .where(eq(people.id, link.personId))
      .for("update");
    // The address changed after the link was asked for: the link proves a mailbox that is no longer this account's.
    if (person?.email !== link.email) throw new AppError("not_found", "this link has expired; ask for a new one");
    await tx
      .update(people)
      .set({ passwordHash, passwordChangedAt: ctx.now, emailVerifiedAt: person.emailVerifiedAt ?? ctx.now })
      .where(eq(people.id, link.personId));
    await endSessionsOf(tx, link.personId);
    if (!person.emailVerifiedAt) await bumpVersionsAround(tx, link.personId);
    await recordAccess(tx, ctx.now, { kind: "password_reset", outcome: "ok", personId: link.personId, email: link.email, ...ctx.request });
  });
  await deliver(mails.passwordChanged(link.email));
}
