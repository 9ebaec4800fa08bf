import { expect, test, vi } from "vitest";
import { Deadline, within } from "./deadline";

const lasts = async (deadline: Deadline) => {
  const began = performance.now();
  if (!deadline.signal.aborted) await new Promise((resolve) => deadline.signal.addEventListener("abort", () => resolve(null)));
  deadline.end();
  return performance.now() - began;
};
const touching = (deadline: Deadline) => {
  const timer = setInterval(() => deadline.touch(), 10);
  deadline.signal.addEventListener("abort", () => clearInterval(timer));
};

test("silence ends it", async () => {
  expect(await lasts(new Deadline(50, 60_000))).toBeLessThan(1_000);
});

test("what counts extends the silence, and never the absolute time", async () => {
  const deadline = new Deadline(80, 300);
  touching(deadline);
  const ms = await lasts(deadline);
  expect(ms).toBeGreaterThan(250);
  expect(ms).toBeLessThan(2_000);
  expect(deadline.explain(new Error("x"))).toMatchObject({ cause_: "timeout" });
});

test("nothing is counted while it is held; the absolute time is", async () => {
  const held = new Deadline(40, 200);
  held.hold();
  expect(await lasts(held)).toBeGreaterThan(150);
  expect(held.isClientLate).toBe(true);
  const released = new Deadline(60, 60_000);
  const [first, second] = [released.hold(), released.hold()];
  first();
  first();
  released.touch();
  const onAbort = vi.fn();
  released.signal.addEventListener("abort", onAbort);
  // One of the same length that began later, and that nobody holds.
  await lasts(new Deadline(60, 60_000));
  expect(onAbort).not.toHaveBeenCalled();
  second();
  expect(await lasts(released)).toBeLessThan(2_000);
});

test("the outer signal ends it, as a cancellation", async () => {
  const outer = new AbortController();
  const deadline = new Deadline(60_000, 60_000, outer.signal);
  outer.abort();
  expect(deadline.explain(new Error("x"))).toMatchObject({ cause_: "cancelled" });
  await expect(deadline.race(new Promise(() => {}))).rejects.toMatchObject({ cause_: "cancelled" });
  expect(new Deadline(1_000, 1_000, outer.signal).signal.aborted).toBe(true);
});

test("a fixed time ends what takes longer, and is not noticed otherwise", async () => {
  const wait = within(30, undefined, (deadline) => deadline.race(new Promise<never>(() => {})));
  await expect(wait).rejects.toMatchObject({ cause_: "timeout" });
  expect(await within(60_000, undefined, async () => "done")).toBe("done");
  await expect(
    within(60_000, undefined, async () => {
      throw new Error("its own");
    }),
  ).rejects.toThrow("its own");
});
