import { eq } from "drizzle-orm";
import { people } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { AppError, invalid } from "@/lib/errors";
import { limits } from "@/lib/limits";
import { clear, hit } from "@/lib/throttle/throttle";
import { verifyPassword } from "./password";

/** The password once more, before something that a stolen session must not do (UI-10). Never inside a transaction. */
export async function provePassword(db: Database, personId: string, password: string, now: Date): Promise<void> {
  const key = `prove-password:${personId}`;
  const { allowed, retryAfterSeconds } = await hit(db, key, { limit: limits.signInFailuresPerAccount, windowSeconds: limits.signInWindowSeconds }, now);
  if (!allowed) throw new AppError("limit", "too many wrong passwords; try again in a quarter of an hour", { field: "password", retryAfterSeconds });
  const [person] = await db.select({ passwordHash: people.passwordHash }).from(people).where(eq(people.id, personId));
  if (!(await verifyPassword(person?.passwordHash, password))) throw invalid("password", "this is not your password");
  await clear(db, key);
}
