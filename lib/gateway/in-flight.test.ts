import { expect, test } from "vitest";
import { InFlight } from "./in-flight";

test("AV-03: so many of one key at once, whoever came and went before, and nothing of it stays for ever", () => {
  const calls = new InFlight(2);
  expect([calls.enter("a"), calls.enter("a"), calls.enter("a")]).toEqual([true, true, false]);
  for (let i = 0; i < 25_000; i++) {
    calls.enter(`once ${i}`);
    calls.leave(`once ${i}`);
  }
  expect([calls.enter("a"), calls.total, calls.keys <= 10_000]).toEqual([false, 2, true]);
  calls.leave("a");
  expect([calls.enter("a"), calls.enter("a")]).toEqual([true, false]);
});

test("who never entered leaves nothing behind", () => {
  const calls = new InFlight(1);
  calls.leave("a");
  expect([calls.enter("a"), calls.enter("a"), calls.total]).toEqual([true, false, 1]);
});
