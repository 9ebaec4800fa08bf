import { expect, test } from "vitest";
import { isReady } from "./health";

const state = (answeredAt = Number.NEGATIVE_INFINITY) => ({ running: null, answeredAt });
const answering = (execute: () => Promise<unknown>) => Promise.resolve({ execute });
const hangs = () => new Promise<never>(() => {});

test("AV-09: ready while the database answers, and not when it refuses or cannot be opened", async () => {
  expect(
    await isReady(
      answering(async () => 1),
      state(),
    ),
  ).toBe(true);
  expect(
    await isReady(
      answering(async () => Promise.reject(new Error("away"))),
      state(performance.now()),
    ),
  ).toBe(false);
  expect(await isReady(Promise.reject(new Error("not there")), state())).toBe(false);
});

test("a database that is slow is trusted for a moment, and asked once however many want to know", async () => {
  let asked = 0;
  const slow = answering(() => {
    asked++;
    return hangs();
  });
  const lately = state(performance.now());
  expect(await Promise.all([isReady(slow, lately), isReady(slow, lately), isReady(slow, lately)])).toEqual([true, true, true]);
  expect(asked).toBe(1);
  expect(await isReady(answering(hangs), state(performance.now() - 5_000))).toBe(false);
});
