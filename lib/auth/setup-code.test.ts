import { expect, test } from "vitest";
import { people } from "@/drizzle/schema";
import { signUp } from "@/lib/people/sign-up";
import { testDatabase } from "@/tests/support/database";
import { ensureSetupCode, signUpMode } from "./setup-code";

const db = await testDatabase();
const front = { db, request: { ip: "203.0.113.9", userAgent: "Browser" }, now: new Date() };
const person = (email: string, setupCode?: string) => ({ email, name: "", password: "seven green bicycles", setupCode });

test("the first account needs the newest printed code, one of two at once gets it, and it never works again", async () => {
  const old = (await ensureSetupCode(db, "setup_code")) ?? "";
  const code = (await ensureSetupCode(db, "setup_code")) ?? "";
  for (const wrong of [undefined, "", "setup_guess", old]) {
    await expect(signUp(front, person("eve@acme.test", wrong), async () => {}, "setup_code")).rejects.toMatchObject({ field: "setupCode" });
  }
  const both = await Promise.allSettled(["ana", "eve"].map((name) => signUp(front, person(`${name}@acme.test`, code), async () => {}, "setup_code")));
  expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
  expect(await db.select().from(people)).toHaveLength(1);
  expect(await signUpMode(db, "setup_code")).toBe("invited");
  expect(await ensureSetupCode(db, "setup_code")).toBeNull();
  await expect(signUp(front, person("eve2@acme.test", code), async () => {}, "setup_code")).rejects.toMatchObject({ code: "forbidden" });
});
