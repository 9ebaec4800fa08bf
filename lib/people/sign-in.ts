import { desc, eq } from "drizzle-orm";
import { people, sessions } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import { addressPrefix } from "@/lib/auth/client-address";
import type { FrontContext } from "@/lib/auth/context";
import { AppError } from "@/lib/errors";
import { limits } from "@/lib/limits";
import { clear, giveBack, hit, type Limit } from "@/lib/throttle/throttle";
import { verifyPassword } from "./password";
import type { SignIn } from "./schema";

/**
 * The person whose e-mail and password these are. Unknown accounts and wrong passwords get the same answer after the same work, and are
 * throttled alike (UI-08). The browser is signed in by the action.
 */
export async function checkSignIn(ctx: FrontContext, input: Pick<SignIn, "email" | "password">): Promise<{ personId: string }> {
  const prefix = addressPrefix(ctx.request.ip);
  const keys = { here: `sign-in:${input.email}:${prefix}`, prefix: `sign-in-prefix:${prefix}`, account: `sign-in-account:${input.email}` };
  await count(ctx, input.email, keys.here, limits.signInFailuresPerAccount);
  await count(ctx, input.email, keys.prefix, limits.signInFailuresPerPrefix);
  const [person] = await ctx.db.select({ id: people.id, passwordHash: people.passwordHash }).from(people).where(eq(people.email, input.email));
  // The sum over all addresses stops a guess from many places; from a place where the person was signed in lately it does not lock them out.
  if (!(await isFamiliar(ctx, person?.id ?? "", prefix))) await count(ctx, input.email, keys.account, failuresFromEverywhere);
  const about = { email: input.email, personId: person?.id ?? null, ...ctx.request };
  if (!(await verifyPassword(person?.passwordHash, input.password)) || !person) {
    await recordAccess(ctx.db, ctx.now, { kind: "sign_in_failed", outcome: "refused", reason: "wrong e-mail or password", ...about });
    throw new AppError("unauthenticated", "this e-mail address and password do not fit together");
  }
  await Promise.all([clear(ctx.db, keys.here), giveBack(ctx.db, keys.prefix), giveBack(ctx.db, keys.account)]);
  await recordAccess(ctx.db, ctx.now, { kind: "sign_in", outcome: "ok", ...about });
  return { personId: person.id };
}

const failuresFromEverywhere = 100;

async function count(ctx: FrontContext, email: string, key: string, limit: number): Promise<void> {
  const within: Limit = { limit, windowSeconds: limits.signInWindowSeconds };
  const { allowed, retryAfterSeconds } = await hit(ctx.db, key, within, ctx.now);
  if (allowed) return;
  // One event a window: whoever is throttled must not fill the records either.
  if ((await hit(ctx.db, `noted:${key}`, { ...within, limit: 1 }, ctx.now)).allowed) {
    await recordAccess(ctx.db, ctx.now, { kind: "throttled", outcome: "refused", reason: "too many sign-in attempts", email, ...ctx.request });
  }
  throw new AppError("limit", `too many attempts; try again in ${Math.ceil(retryAfterSeconds / 60)} min`, { retryAfterSeconds });
}

async function isFamiliar(ctx: FrontContext, personId: string, prefix: string): Promise<boolean> {
  const recent = await ctx.db.select({ ip: sessions.ip }).from(sessions).where(eq(sessions.personId, personId)).orderBy(desc(sessions.id)).limit(50);
  return recent.some((session) => addressPrefix(session.ip) === prefix);
}
