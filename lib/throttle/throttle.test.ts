import { expect, test } from "vitest";
import { testDatabase } from "@/tests/support/database";
import { clear, giveBack, hit } from "./throttle";

const db = await testDatabase();
const two = { limit: 2, windowSeconds: 60 };
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);

test("attempts within the limit pass and the next one says how long to wait", async () => {
  expect(await hit(db, "a", two, at(0))).toEqual({ allowed: true, retryAfterSeconds: 0 });
  expect(await hit(db, "a", two, at(10))).toEqual({ allowed: true, retryAfterSeconds: 0 });
  expect(await hit(db, "a", two, at(20))).toEqual({ allowed: false, retryAfterSeconds: 40 });
});

test("a window that is over starts anew", async () => {
  for (let i = 0; i < 3; i++) await hit(db, "b", two, at(0));
  expect((await hit(db, "b", two, at(59))).allowed).toBe(false);
  expect((await hit(db, "b", two, at(60))).allowed).toBe(true);
});

test("keys do not count for each other", async () => {
  for (let i = 0; i < 3; i++) await hit(db, "c", two, at(0));
  expect((await hit(db, "d", two, at(0))).allowed).toBe(true);
});

test("attempts at the same time are all counted", async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => hit(db, "e", two, at(0))));
  expect(all.filter((one) => one.allowed)).toHaveLength(2);
});

test("an attempt given back does not count, and clearing forgets all", async () => {
  await hit(db, "f", two, at(0));
  await giveBack(db, "f");
  await hit(db, "f", two, at(0));
  expect((await hit(db, "f", two, at(0))).allowed).toBe(true);
  await clear(db, "f");
  expect((await hit(db, "f", two, at(0))).allowed).toBe(true);
});

test("a key may hold anything", async () => {
  expect((await hit(db, `x\0${"y".repeat(9_000)}`, two, at(0))).allowed).toBe(true);
});
