import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { sessions } from "@/drizzle/schema";
import { limits } from "@/lib/limits";
import { testDatabase } from "@/tests/support/database";
import { aPerson } from "@/tests/support/factories";
import { openSid, sealSid } from "./cookie";
import { createSession, endSession, endSessionsOf, findSession } from "./session";

const db = await testDatabase();
const browser = { ip: "203.0.113.9", userAgent: "Browser" };
const start = new Date("2026-01-01T00:00:00Z");
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

test("a session is found by its sid, and the row holds only a hash of it", async () => {
  const person = await aPerson(db);
  const sid = await createSession(db, person.id, browser, start);
  expect((await findSession(db, sid, after(1)))?.person).toEqual({ id: person.id, email: person.email, name: "Ana", emailVerified: true });
  const [row] = await db.select().from(sessions).where(eq(sessions.personId, person.id));
  expect(JSON.stringify(row)).not.toContain(sid);
});

test("an idle session ends", async () => {
  const sid = await createSession(db, (await aPerson(db)).id, browser, start);
  expect(await findSession(db, sid, after(limits.sessionIdleSeconds))).toBeNull();
});

test("a session in use ends at its absolute limit", async () => {
  const sid = await createSession(db, (await aPerson(db)).id, browser, start);
  for (let day = 1; day < 30; day++) expect(await findSession(db, sid, after(day * 86_400))).not.toBeNull();
  expect(await findSession(db, sid, after(limits.sessionAbsoluteSeconds))).toBeNull();
});

test("being seen is written at most once a minute", async () => {
  const person = await aPerson(db);
  const sid = await createSession(db, person.id, browser, start);
  const seen = async () => (await db.select({ at: sessions.lastSeenAt }).from(sessions).where(eq(sessions.personId, person.id)))[0]?.at;
  await findSession(db, sid, after(59));
  expect(await seen()).toEqual(start);
  await findSession(db, sid, after(61));
  expect(await seen()).toEqual(after(61));
});

test("an ended session is gone at the next request", async () => {
  const sid = await createSession(db, (await aPerson(db)).id, browser, start);
  await endSession(db, sid);
  expect(await findSession(db, sid, after(1))).toBeNull();
});

test("ending the others keeps this one and other people's", async () => {
  const [ana, ben] = [await aPerson(db), await aPerson(db)];
  const mine = await createSession(db, ana.id, browser, start);
  const other = await createSession(db, ana.id, browser, start);
  const bens = await createSession(db, ben.id, browser, start);
  const keep = await findSession(db, mine, after(1));
  expect(await endSessionsOf(db, ana.id, keep?.id ?? null)).toBe(1);
  expect(await findSession(db, other, after(1))).toBeNull();
  expect(await findSession(db, mine, after(1))).not.toBeNull();
  expect(await findSession(db, bens, after(1))).not.toBeNull();
});

test("a cookie opens only if we sealed it", async () => {
  expect(await openSid(await sealSid("ghs_x"))).toBe("ghs_x");
  for (const forged of [undefined, "", "x", "a.b.c.d.e", `${await sealSid("ghs_x")}x`]) expect(await openSid(forged)).toBeNull();
});
