import { createHmac, timingSafeEqual } from "node:crypto";
import { eq } from "drizzle-orm";
import { people } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import { addressPrefix } from "@/lib/auth/client-address";
import type { FrontContext } from "@/lib/auth/context";
import { signUpMode, spendSetupCode } from "@/lib/auth/setup-code";
import { deriveKey } from "@/lib/crypto/keys";
import { isDuplicate } from "@/lib/db/conflicts";
import { type Env, env } from "@/lib/env";
import { AppError, invalid } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { findInvitation, invitationProblemText } from "@/lib/orgs/invitations";
import { hit } from "@/lib/throttle/throttle";
import { guessable } from "./common-passwords";
import { createLink } from "./links";
import { type Deliver, mails } from "./mails";
import { hashPassword, verifyPassword } from "./password";
import type { SignUp } from "./schema";

/**
 * A new account, unconfirmed. The answer, its time and the browser's proof look the same when the address has an account already; only its
 * mailbox learns which it was (UI-08). `browserProof` goes into a cookie: whoever opens the link in this browser need not type the password.
 */
export async function signUp(ctx: FrontContext, input: SignUp, deliver: Deliver, configured: Env["signUp"] = env().signUp): Promise<{ browserProof: string }> {
  const easy = guessable(input.password, input.email);
  if (easy) throw invalid("password", easy);
  await countSignUp(ctx);
  const mode = await signUpMode(ctx.db, configured);
  if (mode === "invited") await requireInvitation(ctx, input.invite);
  const [known] = await ctx.db
    .select({ id: people.id, passwordHash: people.passwordHash, emailVerifiedAt: people.emailVerifiedAt })
    .from(people)
    .where(eq(people.email, input.email));
  const [passwordHash, isSame] = await Promise.all([hashPassword(input.password), verifyPassword(known?.passwordHash, input.password)]);
  const linkId = known
    ? await welcomeBack(ctx, input, { id: known.id, isVerified: known.emailVerifiedAt !== null, isSame }, deliver)
    : await createAccount(ctx, input, { passwordHash, setupCode: mode === "setup_code" ? (input.setupCode ?? "") : null }, deliver);
  return { browserProof: proofOf(linkId ?? newId("lnk")) };
}

/** Whether a browser's proof was given for this link. */
export function provesLink(browserProof: string | undefined, linkId: string): boolean {
  const expected = Buffer.from(proofOf(linkId));
  const given = Buffer.from(browserProof ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const proofOf = (linkId: string) => createHmac("sha256", deriveKey("sign-up-browser")).update(linkId).digest("base64url");

async function createAccount(
  ctx: FrontContext,
  input: SignUp,
  account: { passwordHash: string; setupCode: string | null },
  deliver: Deliver,
): Promise<string | null> {
  const personId = newId("per", ctx.now.getTime());
  try {
    const link = await ctx.db.transaction(async (tx) => {
      if (account.setupCode !== null && !(await spendSetupCode(tx, account.setupCode))) {
        throw invalid("setupCode", "is not the code that the server printed when it started");
      }
      const person = { id: personId, email: input.email, name: input.name, passwordHash: account.passwordHash, createdAt: ctx.now };
      await tx.insert(people).values(person);
      await recordAccess(tx, ctx.now, { kind: "sign_up", outcome: "ok", personId, email: input.email, ...ctx.request });
      return createLink(tx, { kind: "verify_email", personId, email: input.email }, ctx.now);
    });
    await deliver(mails.verify(input.email, link.token, input.next));
    return link.id;
  } catch (error) {
    // Two sign-ups with one address at once: the second is told nothing, and its mailbox has the first one's link.
    if (isDuplicate(error, "person_email_key")) return null;
    throw error;
  }
}

/** The address has an account. Its password stays: whoever signs up with somebody's unconfirmed address must not set what they confirm. */
async function welcomeBack(
  ctx: FrontContext,
  input: SignUp,
  known: { id: string; isVerified: boolean; isSame: boolean },
  deliver: Deliver,
): Promise<string | null> {
  // A mailbox is not to be filled by strangers; beyond the limit the answer stays the same and no mail goes out.
  const { allowed } = await hit(ctx.db, `sign-up-mail:${input.email}`, mailsPerAddress, ctx.now);
  if (known.isVerified) {
    if (allowed) await deliver(mails.alreadySignedUp(input.email));
    return null;
  }
  const link = await createLink(ctx.db, { kind: "verify_email", personId: known.id, email: input.email }, ctx.now);
  if (allowed) await deliver(mails.unfinishedSignUp(input.email, link.token, input.next));
  return known.isSame ? link.id : null;
}

export const mailsPerAddress = { limit: 3, windowSeconds: limits.signInWindowSeconds };

async function requireInvitation(ctx: FrontContext, token: string | undefined): Promise<void> {
  if (!token) throw new AppError("forbidden", "accounts are made by invitation here; ask an admin of your organization for one");
  const found = await findInvitation(ctx.db, token, ctx.now);
  if (!found.ok) throw new AppError("forbidden", invitationProblemText[found.reason]);
}

async function countSignUp(ctx: FrontContext): Promise<void> {
  const key = `sign-up:${addressPrefix(ctx.request.ip)}`;
  const { allowed, retryAfterSeconds } = await hit(ctx.db, key, { limit: limits.signInFailuresPerPrefix, windowSeconds: limits.signInWindowSeconds }, ctx.now);
  if (!allowed)
    throw new AppError("limit", `too many sign-ups from your network; try again in ${Math.ceil(retryAfterSeconds / 60)} min`, { retryAfterSeconds });
}
