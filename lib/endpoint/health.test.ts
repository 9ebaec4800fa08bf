import { afterEach, expect, test } from "vitest";
import { isReady, lifecycle } from "./health";

const usual = { ...lifecycle() };
afterEach(() => void Object.assign(lifecycle(), usual));

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

test.each([
  ["refuses", () => Promise.reject(new Error("away"))],
  ["hangs", hangs],
])("a process that can do its work without the database stays ready while it %s, for as long as it can and is not on its way out", async (_, execute) => {
  const ready = () => isReady(answering(execute), state());
  expect(await ready()).toBe(false);
  lifecycle().outlivesDatabase = () => true;
  expect(await ready()).toBe(true);
  lifecycle().draining = true;
  expect(await ready()).toBe(false);
  Object.assign(lifecycle(), { draining: false, outlivesDatabase: () => false });
  expect(await ready()).toBe(false);
});
