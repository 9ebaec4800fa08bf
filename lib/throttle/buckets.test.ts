import { describe, expect, test } from "vitest";
import { Buckets } from "./buckets";

const rate = { perSecond: 10, burst: 20 };

function takeMany(buckets: Buckets, key: string, times: number, nowMs: number): number {
  let taken = 0;
  for (let i = 0; i < times; i++) if (buckets.take(key, nowMs) === 0) taken++;
  return taken;
}

describe("ME-14: rates", () => {
  test("a burst goes through, then so many a second, and who must wait is told how long", () => {
    const buckets = new Buckets(rate);
    expect(takeMany(buckets, "a", 30, 0)).toBe(20);
    expect(buckets.take("a", 0)).toBe(1);
    expect(takeMany(buckets, "a", 30, 500)).toBe(5);
    expect(takeMany(buckets, "b", 30, 500)).toBe(20);
    expect(takeMany(buckets, "a", 99, 3_600_000)).toBe(20);
  });

  test("what others used counts once it is known, and use while it was being told is kept", () => {
    const buckets = new Buckets(rate);
    takeMany(buckets, "a", 4, 0);
    expect(buckets.unsaid(5)).toEqual([]);
    takeMany(buckets, "a", 1, 0);
    expect(buckets.unsaid(5)).toEqual([{ key: "a", used: 5 }]);
    takeMany(buckets, "a", 2, 0);
    buckets.settle("a", 5, 105);
    // What was used before this instance knew the key is history: 20 - 7 are left.
    expect(buckets.unsaid(1)).toEqual([{ key: "a", used: 2 }]);
    buckets.settle("a", 2, 115);
    expect(takeMany(buckets, "a", 30, 0)).toBe(13 - 8);
  });

  test("a debt is paid off before anything else goes, and is never more than one burst", () => {
    const buckets = new Buckets(rate);
    buckets.take("a", 0);
    buckets.settle("a", 1, 1);
    buckets.settle("a", 0, 10_000);
    expect(buckets.take("a", 0)).toBe(3);
    expect(buckets.take("a", 2_000)).toBe(1);
    expect(buckets.take("a", 2_100)).toBe(0);
  });

  test("a window that began anew is no debt", () => {
    const buckets = new Buckets(rate);
    takeMany(buckets, "a", 5, 0);
    buckets.settle("a", 5, 1_000);
    takeMany(buckets, "a", 1, 0);
    buckets.settle("a", 1, 3);
    expect(takeMany(buckets, "a", 30, 0)).toBe(12);
  });

  test("who has been quiet for long enough is forgotten, who owes or has use to tell is not", () => {
    const buckets = new Buckets(rate);
    for (const key of ["quiet", "busy", "owes"]) buckets.take(key, 0);
    buckets.settle("quiet", 1, 1);
    buckets.settle("owes", 1, 1);
    buckets.settle("owes", 0, 100);
    buckets.sweep(1_000);
    expect([buckets.size, buckets.unsaid(1)]).toEqual([2, [{ key: "busy", used: 1 }]]);
  });
});
