import { describe, expect, test } from "vitest";
import { Overload } from "./overload";

const never = { isLogFull: () => false, underWayMin: 0 };

function refusedOf(overload: Overload, times: number): number {
  let refused = 0;
  for (let i = 0; i < times; i++) {
    if (overload.enter()) overload.leave();
    else refused++;
  }
  return refused;
}

describe("AV-05: overload", () => {
  test("so many requests at once and no more, until one is through", () => {
    const overload = new Overload({ ...never, underWayMax: 2 });
    expect([overload.enter(), overload.enter(), overload.enter()]).toEqual([true, true, false]);
    overload.leave();
    expect(overload.enter()).toBe(true);
  });

  test("nothing is begun that could not be recorded", () => {
    let isFull = true;
    const overload = new Overload({ isLogFull: () => isFull });
    expect(overload.enter()).toBe(false);
    isFull = false;
    expect(overload.enter()).toBe(true);
  });

  test("a refusal is held back, but not more of them than are worth their memory", async () => {
    const overload = new Overload(never);
    let answered = 0;
    const hold = (ms: number) => overload.hold(ms).then(() => answered++);
    const held = Array.from({ length: 2_000 }, () => hold(30));
    await hold(3_600_000);
    expect(answered).toBe(1);
    await Promise.all(held);
    expect(answered).toBe(2_001);
  });

  test("one long pause refuses nobody", () => {
    const overload = new Overload({ ...never, delayMsMax: 40 });
    overload.beat(150);
    for (let i = 0; i < 20; i++) overload.beat(1);
    expect(refusedOf(overload, 1_000)).toBe(0);
  });

  test("a process that is starved, but has little to do, refuses nobody", () => {
    const overload = new Overload({ ...never, underWayMin: 8 });
    for (let i = 0; i < 100; i++) overload.beat(1_000);
    for (let i = 0; i < 8; i++) expect(overload.enter()).toBe(true);
    expect(refusedOf(overload, 100)).toBeGreaterThan(0);
  });

  test("while the process stays behind, ever more are refused but never all; once it keeps up, nobody is within 5 s", () => {
    const overload = new Overload({ ...never, delayMsMax: 40 });
    for (let i = 0; i < 10; i++) overload.beat(100);
    const early = refusedOf(overload, 2_000);
    for (let i = 0; i < 60; i++) overload.beat(200);
    const late = refusedOf(overload, 2_000);
    expect(early).toBeGreaterThan(0);
    expect(late).toBeGreaterThan(early);
    expect(late).toBeLessThan(2_000);
    for (let i = 0; i < 100; i++) overload.beat(2);
    expect(refusedOf(overload, 1_000)).toBe(0);
  });
});
