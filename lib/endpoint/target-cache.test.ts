import { afterEach, expect, test, vi } from "vitest";
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
