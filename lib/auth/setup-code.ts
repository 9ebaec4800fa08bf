import { and, eq } from "drizzle-orm";
import { installation, people } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { type Env, env } from "@/lib/env";
import { hashToken, newToken } from "@/lib/ids";

/** A one-time code for the first account, to print on the console; null when there is an account, or sign-up does not ask for one (CR-02). A new code replaces an older one. */
export async function ensureSetupCode(db: Database, mode: Env["signUp"] = env().signUp): Promise<string | null> {
  if (mode !== "setup_code" || (await hasPeople(db))) return null;
  const code = newToken("setup");
  const value = hashToken(code);
  await db
    .insert(installation)
    .values({ key, value })
    .onConflictDoUpdate({ target: installation.key, set: { value, updatedAt: new Date() } });
  return code;
}

/** Who may sign up now: the code is for the first account only, then people come by invitation. */
export async function signUpMode(db: Database, mode: Env["signUp"] = env().signUp): Promise<Env["signUp"]> {
  return mode === "setup_code" && (await hasPeople(db)) ? "invited" : mode;
}

/** Takes the code away; inside the transaction of the first account, so two of them cannot use it. */
export async function spendSetupCode(tx: Database, code: string): Promise<boolean> {
  const spent = await tx
    .delete(installation)
    .where(and(eq(installation.key, key), eq(installation.value, hashToken(code))))
    .returning({ key: installation.key });
  return spent.length > 0;
}

const key = "setup_code_hash";

async function hasPeople(db: Database): Promise<boolean> {
  return (await db.select({ id: people.id }).from(people).limit(1)).length > 0;
}
