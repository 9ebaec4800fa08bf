import { expect, test } from "vitest";
import { Pauses } from "./pauses";

test("a process that fails again and again is started ever later, and at last not any more", () => {
  const pauses = new Pauses();
  expect(Array.from({ length: 9 }, () => pauses.next(100))).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, null]);
});

test("one that served for a while is started again at once, however often that happens", () => {
  const pauses = new Pauses();
  expect(Array.from({ length: 20 }, () => pauses.next(120_000))).toEqual(Array(20).fill(250));
});
