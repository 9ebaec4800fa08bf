import { and, eq, inArray, isNull } from "drizzle-orm";
import { blocks, people } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { FrontContext } from "@/lib/auth/context";
import { endSessionsOf } from "@/lib/auth/session";
import { isDuplicate } from "@/lib/db/conflicts";
import { AppError, invalid } from "@/lib/errors";
import { bumpVersionsAround } from "@/lib/orgs/access-version";
import { type Link, linkProblemText, requireLink, spendLink } from "./links";
import { type Deliver, mails } from "./mails";
import { provePassword } from "./prove-password";
import { provesLink } from "./sign-up";

/** Who opened the link: signed in as somebody, or in the browser that signed up. */
export type Opener = { personId: string | null; sessionId: string | null; browserProof?: string };
export type Confirmed = { personId: string; email: string; kind: Link["kind"]; signIn: boolean };

/** Uses a link up that was mailed to prove an address. `signIn` tells the action to sign the browser in. */
export async function confirmLink(ctx: FrontContext, input: { token: string; password?: string }, opener: Opener, deliver: Deliver): Promise<Confirmed> {
  const link = await requireLink(ctx.db, input.token, ["verify_email", "change_email"], ctx.now);
  return link.kind === "change_email" ? changeAddress(ctx, link, opener, deliver) : verifyAddress(ctx, link, input.password, opener);
}

/** Whether the page has to ask for the password before this link works. */
export function needsPassword(link: Link, opener: Opener): boolean {
  return link.kind === "verify_email" && opener.personId !== link.personId && !provesLink(opener.browserProof, link.id);
}

// A stranger may have signed up with this mailbox's address. Its owner opens the link out of habit, and must not confirm the stranger's
// password by it: so the opener shows that the account is theirs.
async function verifyAddress(ctx: FrontContext, link: Link, password: string | undefined, opener: Opener): Promise<Confirmed> {
  if (needsPassword(link, opener)) {
    if (!password) throw invalid("password", "type the password that you chose when you signed up");
    await provePassword(ctx.db, link.personId, password, ctx.now);
  }
  await ctx.db.transaction(async (tx) => {
    await spendLink(tx, link, ctx.now);
    const proven = await tx
      .update(people)
      .set({ emailVerifiedAt: ctx.now })
      .where(and(eq(people.id, link.personId), eq(people.email, link.email)))
      .returning({ id: people.id });
    if (proven.length === 0) throw new AppError("not_found", linkProblemText.expired);
    await bumpVersionsAround(tx, link.personId);
    await recordAccess(tx, ctx.now, { kind: "email_verified", outcome: "ok", personId: link.personId, email: link.email, ...ctx.request });
  });
  return { personId: link.personId, email: link.email, kind: link.kind, signIn: opener.personId !== link.personId };
}

// The link went to an address that was typed, perhaps wrongly: only the account's own session may use it, not whoever reads that mailbox.
async function changeAddress(ctx: FrontContext, link: Link, opener: Opener, deliver: Deliver): Promise<Confirmed> {
  if (opener.personId !== link.personId) throw new AppError("forbidden", "sign in to the account that asked for this change, then open the link again");
  let oldEmail: string;
  try {
    oldEmail = await ctx.db.transaction(async (tx) => {
      await spendLink(tx, link, ctx.now);
      const [person] = await tx.select({ email: people.email }).from(people).where(eq(people.id, link.personId)).for("update");
      if (!person) throw new AppError("not_found", linkProblemText.unknown);
      await tx.update(people).set({ email: link.email, emailVerifiedAt: ctx.now }).where(eq(people.id, link.personId));
      // A block of either address follows the person, whatever they are called next.
      await tx
        .update(blocks)
        .set({ personId: link.personId })
        .where(and(inArray(blocks.email, [person.email, link.email]), isNull(blocks.personId)));
      await endSessionsOf(tx, link.personId, opener.sessionId);
      await bumpVersionsAround(tx, link.personId);
      const detail = { before: person.email, after: link.email };
      await recordAccess(tx, ctx.now, { kind: "email_changed", outcome: "ok", personId: link.personId, email: link.email, detail, ...ctx.request });
      return person.email;
    });
  } catch (error) {
    if (isDuplicate(error, "person_email_key")) throw new AppError("conflict", "this address belongs to another account by now");
    throw error;
  }
  await deliver(mails.emailChanged(oldEmail, link.email));
  return { personId: link.personId, email: link.email, kind: link.kind, signIn: true };
}
