import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { raises } from "@/lib/orgs/access-version";
import { AccessVersions } from "./access-versions";

beforeEach(() => {
  vi.useFakeTimers();
  raises().clear();
});
afterEach(() => void vi.useRealTimers());

/** A database that says what the test sets, fails, or never answers. */
function aDatabase() {
  const state: { versions: Record<string, number>; mode: "up" | "down" | "hanging"; reads: number } = { versions: { a: 1, b: 1 }, mode: "up", reads: 0 };
  const read = async (orgIds: readonly string[]) => {
    state.reads++;
    if (state.mode === "down") throw new Error("connection refused");
    if (state.mode === "hanging") await new Promise(() => {});
    return new Map(orgIds.flatMap((id) => (state.versions[id] === undefined ? [] : [[id, state.versions[id]] as const])));
  };
  return { state, read };
}

function known(isAlone = false) {
  const { state, read } = aDatabase();
  const seen: number[] = [];
  const versions = new AccessVersions(read, isAlone, () => seen.push(versions.latest("a")));
  versions.learn("a", 1, performance.now());
  return { state, versions, seen };
}

describe("the version of an organization", () => {
  test("nobody has read is not known", () => expect(new AccessVersions(aDatabase().read, false).current("a")).toBeUndefined());

  test("is read again while it is in use, so another instance's change is seen within a second", async () => {
    const { state, versions } = known();
    expect(versions.current("a")).toBe(1);
    state.versions.a = 2;
    await vi.advanceTimersByTimeAsync(300);
    expect(versions.current("a")).toBe(2);
  });

  test("counts for a second at most, and is then asked for", async () => {
    const { state, versions } = known();
    await vi.advanceTimersByTimeAsync(1_001);
    expect(versions.current("a")).toBeUndefined();
    state.versions.a = 3;
    expect(await versions.confirmed("a")).toBe(3);
  });

  test("is asked for once by all who need it at the same time, and not at all when nobody does", async () => {
    const { state, versions } = known();
    await vi.advanceTimersByTimeAsync(1_001);
    expect(state.reads).toBe(0);
    await Promise.all(Array.from({ length: 50 }, () => versions.confirmed("a")));
    expect(state.reads).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    const after = state.reads;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.reads).toBe(after);
  });

  test("is read again like before after a time in which nobody used any", async () => {
    const { state, versions } = known();
    expect(versions.current("a")).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([versions.current("a"), await versions.confirmed("a"), versions.current("a")]).toEqual([undefined, 1, 1]);
    for (const version of [2, 3]) {
      state.versions.a = version;
      await vi.advanceTimersByTimeAsync(300);
      expect(versions.current("a")).toBe(version);
    }
    state.versions.a = 4;
    versions.close();
    await vi.advanceTimersByTimeAsync(1_001);
    expect([versions.current("a"), await versions.confirmed("a")]).toEqual([undefined, 4]);
  });

  test("never falls, however late an old answer comes", () => {
    const { versions } = known();
    versions.learn("a", 5, performance.now());
    versions.learn("a", 4, performance.now());
    expect([versions.current("a"), versions.latest("a")]).toEqual([5, 5]);
  });

  test("of an organization that is gone is not known any more", async () => {
    const { state, versions } = known();
    versions.current("a");
    delete state.versions.a;
    await vi.advanceTimersByTimeAsync(300);
    expect(versions.current("a")).toBeUndefined();
    expect(await versions.confirmed("a")).toBeUndefined();
  });
});

describe("an organization that is followed", () => {
  test("is read again and again though nobody asks for it, until it is let go", async () => {
    const { state, versions, seen } = known();
    const [first, second] = [versions.follow("a"), versions.follow("a")];
    await vi.advanceTimersByTimeAsync(60_000);
    state.versions.a = 2;
    await vi.advanceTimersByTimeAsync(300);
    expect([seen.at(-2), seen.at(-1)]).toEqual([1, 2]);
    first();
    const before = state.reads;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(state.reads).toBe(before + 4);
    second();
    await vi.advanceTimersByTimeAsync(60_000);
    const after = [state.reads, seen.length];
    await vi.advanceTimersByTimeAsync(60_000);
    expect([state.reads, seen.length]).toEqual(after);
  });

  test("is read with those that are in use, by one query", async () => {
    const { state, versions } = known();
    versions.follow("b");
    for (let i = 0; i < 4; i++) {
      versions.current("a");
      await vi.advanceTimersByTimeAsync(250);
    }
    expect([state.reads, versions.latest("b")]).toEqual([4, 1]);
  });

  test("where no other process has the database, is read only after a change of this one, until that is there", async () => {
    const { state, versions, seen } = known(true);
    versions.follow("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.reads).toBe(0);
    raises().set("a", { version: 2, at: performance.now() });
    await vi.advanceTimersByTimeAsync(500);
    expect([state.reads, seen.at(-1)]).toEqual([2, 1]);
    state.versions.a = 2;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([state.reads, seen.at(-1)]).toEqual([3, 2]);
  });

  test("is not looked at while the database is away", async () => {
    const { state, versions, seen } = known();
    versions.follow("a");
    state.mode = "down";
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([]);
    state.mode = "up";
    await vi.advanceTimersByTimeAsync(300);
    expect(seen).toEqual([1]);
  });
});

describe("a change of this process", () => {
  test("makes the database the only one who knows, from before its commit until it was read back", () => {
    const { versions } = known();
    raises().set("a", { version: 2, at: performance.now() });
    expect(versions.current("a")).toBeUndefined();
    versions.learn("a", 1, performance.now());
    expect(versions.current("a")).toBeUndefined();
    versions.learn("a", 2, performance.now());
    expect(versions.current("a")).toBe(2);
  });

  test("that was rolled back is forgotten after a minute", () => {
    const { versions } = known(true);
    raises().set("a", { version: 2, at: performance.now() });
    vi.advanceTimersByTime(60_001);
    expect(versions.current("a")).toBe(1);
  });

  test("is all there is where no other process has the database, which is then not asked", async () => {
    const { state, versions } = known(true);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([versions.current("a"), state.reads]).toEqual([1, 0]);
  });
});

describe.each(["down", "hanging"] as const)("with the database %s", (mode) => {
  test("what was known holds for half a minute and no longer, and nobody waits for it twice", async () => {
    const { state, versions } = known();
    versions.current("a");
    state.mode = mode;
    await vi.advanceTimersByTimeAsync(3_500);
    expect(versions.current("a")).toBe(1);
    for (let second = 0; second < 30; second++) {
      versions.current("a");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(versions.current("a")).toBeUndefined();
    const asked = versions.confirmed("a");
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await asked).toBeUndefined();
  });

  test("the process can go on for as long as something that was known counts, whether anybody asks or not", async () => {
    const { state, versions } = known();
    expect([versions.outlivesDatabase, new AccessVersions(aDatabase().read, false).outlivesDatabase]).toEqual([true, false]);
    state.mode = mode;
    await vi.advanceTimersByTimeAsync(29_000);
    expect(versions.outlivesDatabase).toBe(true);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(versions.outlivesDatabase).toBe(false);
  });

  test("what nobody asked for lately still holds as well", async () => {
    const { state, versions } = known();
    await vi.advanceTimersByTimeAsync(15_000);
    state.mode = mode;
    expect(versions.current("a")).toBeUndefined();
    const asked = versions.confirmed("a");
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await asked).toBe(1);
  });

  test("it is current again as soon as the database is back", async () => {
    const { state, versions } = known();
    versions.current("a");
    state.mode = mode;
    await vi.advanceTimersByTimeAsync(5_000);
    state.mode = "up";
    state.versions.a = 9;
    versions.current("a");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(versions.current("a")).toBe(9);
  });
});
