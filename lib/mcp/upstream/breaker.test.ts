import { describe, expect, test } from "vitest";
import { Breakers, type Health } from "./breaker";

/** A breaker and its clock; `step` takes one request through, `!` says that it was kept away. */
function aBreaker(random = 0) {
  const clock = { nowMs: 1_000_000 };
  const breakers = new Breakers({ now: () => clock.nowMs, random: () => random });
  const step = (health: Health) => {
    const leave = breakers.enter("s");
    leave?.(health);
    return leave ? health : "!";
  };
  const isOpen = () => breakers.state("s").state === "open";
  const times = (count: number, ...healths: Health[]) => Array.from({ length: count }, () => healths.map(step));
  return { clock, breakers, step, isOpen, times };
}

// biome-ignore format: a truth table reads best as a table
test.each<[string, [number, ...Health[]][], boolean]>([
  ["four failures in a row",                       [[4, "unwell"]],                              false],
  ["five failures in a row",                       [[5, "unwell"]],                              true],
  ["a success in between starts the count anew",   [[4, "unwell"], [1, "well"], [4, "unwell"]],  false],
  ["what says nothing does not break the row",     [[4, "unwell"], [9, "nothing"], [1, "unwell"]], true],
  ["what says nothing is no failure",              [[100, "nothing"]],                           false],
  ["half of nineteen",                             [[9, "well", "unwell"], [1, "well"]],         false],
  ["half of twenty",                               [[10, "well", "unwell"]],                     true],
  ["less than half of many",                       [[50, "well", "well", "unwell"]],             false],
  ["nothing but success",                          [[500, "well"]],                              false],
])("%s", (_name, steps, expected) => {
  const { times, isOpen } = aBreaker();
  for (const [count, ...healths] of steps) times(count, ...healths);
  expect(isOpen()).toBe(expected);
});

test("only the last thirty seconds count", () => {
  const { clock, times, isOpen } = aBreaker();
  times(9, "well", "unwell");
  clock.nowMs += 31_000;
  times(5, "well", "unwell");
  expect(isOpen()).toBe(false);
});

describe("an open breaker", () => {
  test.each([
    [0, 15],
    [0.999_999, 30],
  ])("lets one request through after its delay (random %f: %i s)", (random, seconds) => {
    const { clock, breakers, times, step } = aBreaker(random);
    times(5, "unwell");
    expect(step("well")).toBe("!");
    expect(breakers.state("s")).toEqual({ state: "open", since: new Date(1_000_000), retryAfterSeconds: seconds });
    clock.nowMs += seconds * 1_000;
    const probe = breakers.enter("s");
    expect(probe).not.toBeNull();
    expect(breakers.enter("s")).toBeNull();
    probe?.("well");
    expect(breakers.state("s")).toEqual({ state: "closed" });
    expect(step("well")).toBe("well");
  });

  test("stays open when the probe fails, and tries again", () => {
    const { clock, times, step, isOpen } = aBreaker();
    times(5, "unwell");
    clock.nowMs += 15_000;
    expect([step("unwell"), step("well")]).toEqual(["unwell", "!"]);
    clock.nowMs += 15_000;
    expect(step("well")).toBe("well");
    expect(isOpen()).toBe(false);
  });

  test("probes again at once when the first probe said nothing, and when it hangs", () => {
    const { clock, breakers, times, step } = aBreaker();
    times(5, "unwell");
    clock.nowMs += 15_000;
    expect([step("nothing"), step("nothing")]).toEqual(["nothing", "nothing"]);
    const hanging = breakers.enter("s");
    expect([hanging === null, breakers.enter("s")]).toEqual([false, null]);
    clock.nowMs += 15_000;
    expect(step("well")).toBe("well");
  });

  test("is not closed by a request that was under way before", () => {
    const { breakers, times, isOpen } = aBreaker();
    const slow = breakers.enter("s");
    times(5, "unwell");
    slow?.("well");
    expect(isOpen()).toBe(true);
  });

  test("is closed by hand, and concerns one server", () => {
    const { breakers, times, step, isOpen } = aBreaker();
    times(5, "unwell");
    expect(breakers.enter("other")).not.toBeNull();
    breakers.reset("s");
    expect(isOpen()).toBe(false);
    expect(step("well")).toBe("well");
  });
});

test("says which servers are left alone, as long as something failed there lately", () => {
  const { breakers, clock, times } = aBreaker();
  times(4, "unwell");
  expect(breakers.failing(60_000)).toEqual([]);
  times(1, "unwell");
  expect(breakers.failing(60_000)).toEqual(["s"]);
  clock.nowMs += 61_000;
  expect(breakers.failing(60_000)).toEqual([]);
  times(1, "unwell");
  expect(breakers.failing(60_000)).toEqual(["s"]);
  clock.nowMs += 31_000;
  times(1, "well");
  expect(breakers.failing(60_000)).toEqual([]);
});
