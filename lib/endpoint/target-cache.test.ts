import { afterEach, describe, expect, test, vi } from "vitest";
import type { TargetPlace } from "@/lib/gateway/ports";
import type { NoCredential, UpstreamTarget } from "@/lib/mcp/upstream-types";
import { TargetCache } from "./target-cache";

afterEach(() => void vi.useRealTimers());

const ana: TargetPlace = { orgId: "org_1", serverId: "srv_1", accessVersion: 1, personId: "per_ana" };
const target = (credentialUntil: Date | null = null): UpstreamTarget => ({
  ...{ orgId: "org_1", serverId: "srv_1", url: "https://x.test/mcp", headers: {}, transport: null, era: null },
  ...{ protocol: "auto", protocolVersion: null, callTimeoutMs: 1_000, credentialUntil },
});

function counted(found: () => UpstreamTarget | NoCredential | null = target) {
  const loaded: TargetPlace[] = [];
  const cache = new TargetCache(async (place) => {
    loaded.push(place);
    return found();
  });
  return { cache, loaded };
}

test("each account of each version is loaded for itself, and once", async () => {
  const { cache, loaded } = counted();
  const places = [ana, { ...ana, personId: "per_ben" }, { ...ana, personId: null }, { ...ana, accessVersion: 2 }, { ...ana, serverId: "srv_2" }];
  for (const place of [...places, ...places]) await cache.get(place);
  expect(loaded).toEqual(places);
});

test("nothing is kept for more than five seconds, or after it is to be forgotten", async () => {
  vi.useFakeTimers();
  const { cache, loaded } = counted();
  await cache.get(ana);
  vi.advanceTimersByTime(4_900);
  await cache.get(ana);
  expect(loaded).toHaveLength(1);
  vi.advanceTimersByTime(200);
  await cache.get(ana);
  expect(loaded).toHaveLength(2);
  cache.forget(ana);
  await cache.get(ana);
  expect(loaded).toHaveLength(3);
});

test("a credential that soon ends is kept only for a part of what is left, and one that has ended for nobody", async () => {
  vi.useFakeTimers();
  const short = counted(() => target(new Date(Date.now() + 10_000)));
  await short.cache.get(ana);
  vi.advanceTimersByTime(1_100);
  await short.cache.get(ana);
  expect(short.loaded).toHaveLength(2);
  const over = counted(() => target(new Date(Date.now() - 1)));
  for (let i = 0; i < 3; i++) await over.cache.get(ana);
  expect(over.loaded).toHaveLength(3);
});

describe.each(["fails", "hangs"] as const)("while the database %s", (how) => {
  function cut() {
    const state = { isAway: false, loads: 0 };
    const cache = new TargetCache(async () => {
      state.loads++;
      if (state.isAway && how === "hangs") await new Promise(() => {});
      if (state.isAway) throw new Error("away");
      return target();
    });
    return { cache, state };
  }

  test("what was read holds for half a minute and no longer, and hardly anybody waits for it", async () => {
    vi.useFakeTimers();
    const { cache, state } = cut();
    await cache.get(ana);
    state.isAway = true;
    let waited = 0;
    for (const began = performance.now(); performance.now() - began < 29_000; ) {
      const asked = performance.now();
      const got = cache.get(ana);
      if (got instanceof Promise) await Promise.all([got, vi.advanceTimersByTimeAsync(2_000)]);
      if (got instanceof Promise) waited++;
      expect(await got).toMatchObject({ url: "https://x.test/mcp" });
      expect(performance.now() - asked).toBeLessThanOrEqual(2_000);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(waited).toBeLessThan(6);
    await vi.advanceTimersByTimeAsync(2_000);
    let isGiven = false;
    Promise.resolve(cache.get(ana)).then(
      () => {
        isGiven = true;
      },
      () => {},
    );
    await vi.advanceTimersByTimeAsync(5_000);
    expect(isGiven).toBe(false);
  });

  test("it is read again soon after the database is back", async () => {
    vi.useFakeTimers();
    const { cache, state } = cut();
    await cache.get(ana);
    await vi.advanceTimersByTimeAsync(5_100);
    state.isAway = true;
    await Promise.all([cache.get(ana), vi.advanceTimersByTimeAsync(2_000)]);
    state.isAway = false;
    const before = state.loads;
    await vi.advanceTimersByTimeAsync(5_100);
    await cache.get(ana);
    expect(state.loads).toBe(before + 1);
  });
});
