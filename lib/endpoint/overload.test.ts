import { describe, expect, test } from "vitest";
import { Overload, type OverloadSettings } from "./overload";

/** An event loop and a clock that the test turns by hand. */
function aProcess(settings: Partial<OverloadSettings> = {}) {
  let work: (() => void) | null = null;
  const state = { now: 0, begun: [] as number[], refused: [] as number[], turns: 0 };
  const overload = new Overload({
    now: () => state.now,
    afterTurn: (next) => {
      work = next;
    },
    ...settings,
  });
  let last = 0;
  return {
    ...{ overload, state },
    /** So many requests arrive; their numbers go to `begun` or `refused` when that is decided. */
    arrive(count: number) {
      for (let i = 0; i < count; i++) {
        const id = last++;
        const settle = (isTaken: boolean) => void (isTaken ? state.begun : state.refused).push(id);
        if (overload.enter(settle)) settle(true);
      }
    },
    turn(ms = 1) {
      state.turns++;
      state.now += ms;
      const due = work;
      work = null;
      due?.();
      return due !== null;
    },
  };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("AV-05: what a process begins", () => {
  test("a few in a turn, the others in the order in which they came, however many come at once", async () => {
    const { state, arrive, turn } = aProcess({ perTurn: 4 });
    arrive(200);
    expect(state.begun).toEqual(numbers(0, 4));
    turn();
    expect(state.begun).toEqual(numbers(0, 8));
    while (turn());
    expect([state.begun, state.refused]).toEqual([numbers(0, 200), []]);
    expect(state.turns).toBeLessThan(55);
  });

  test.each([16, 64, 200])("%i callers who ask again as soon as they have their answer are never refused", async (callers) => {
    const { state, arrive, turn, overload } = aProcess();
    arrive(callers);
    for (let answered = 0; answered < 5_000; ) {
      turn();
      for (; answered < state.begun.length; answered++) {
        overload.leave();
        arrive(1);
      }
    }
    expect(state.refused).toEqual([]);
  });

  test("what waits for its server takes nobody's turn: side by side there are as many as ever may be", async () => {
    const { state, arrive, turn } = aProcess({ underWayMax: 2_000, holdMs: 1 });
    for (let i = 0; i < 200; i++) {
      arrive(10);
      while (turn());
    }
    expect([state.begun.length, state.refused.length]).toEqual([2_000, 0]);
    arrive(1);
    await expect.poll(() => state.refused).toEqual([2_000]);
  });

  test("a pause of the whole process, or of a machine that has other things to do, refuses nobody", async () => {
    const { state, arrive, turn } = aProcess();
    arrive(200);
    for (let i = 0; i < 10; i++) turn(300);
    while (turn(300));
    expect(state.refused).toEqual([]);
  });

  test("so many are under way at once and no more, until one is through", async () => {
    const { state, arrive, turn, overload } = aProcess({ underWayMax: 2, holdMs: 1 });
    arrive(3);
    await expect.poll(() => state.refused).toEqual([2]);
    overload.leave();
    arrive(1);
    while (turn());
    expect(state.begun).toEqual([0, 1, 3]);
  });

  test("nothing that could not be recorded", async () => {
    let isFull = true;
    const overload = new Overload({ isLogFull: () => isFull, holdMs: 1 });
    expect(await new Promise((resolve) => expect(overload.enter(resolve)).toBe(false))).toBe(false);
    isFull = false;
    expect(overload.enter(() => {})).toBe(true);
  });
});

describe("AV-05: overload", () => {
  const settings = { perTurn: 4, waitingMax: 256, waitingInOverload: 16, refusalsPerTurn: 1_000 };

  test("when too many wait all but the youngest are refused, the oldest first", async () => {
    const { state, arrive, turn } = aProcess(settings);
    arrive(4 + 257);
    turn();
    expect(state.refused).toEqual(numbers(4, 245));
    while (turn());
    expect(state.begun).toEqual([...numbers(0, 4), ...numbers(245, 261)]);
  });

  test("at three times what it can do the process still does all it can, and nobody it answers waits for more than five turns", async () => {
    const { state, arrive, turn, overload } = aProcess(settings);
    const arrivedIn: number[] = [];
    let longest = 0;
    let done = 0;
    for (let i = 0; i < 1_000; i++) {
      arrive(12);
      arrivedIn.push(...Array(12).fill(i));
      turn();
      for (; done < state.begun.length; done++) {
        overload.leave();
        // Until the first crowd was refused they waited longer.
        if (i > 50) longest = Math.max(longest, i - (arrivedIn[state.begun[done] ?? 0] ?? 0));
      }
    }
    expect(state.begun.length).toBeGreaterThan(3_990);
    expect(longest).toBeLessThanOrEqual(5);
    expect(state.begun.length + state.refused.length).toBeGreaterThan(12_000 - 30);
  });

  test("a second after the last refusal a crowd may wait again", async () => {
    const { state, arrive, turn } = aProcess(settings);
    arrive(300);
    while (turn());
    const refused = state.refused.length;
    expect(refused).toBeGreaterThan(200);
    turn(900);
    arrive(40);
    turn();
    expect(state.refused.length).toBeGreaterThan(refused);
    while (turn());
    const after = state.refused.length;
    turn(1_001);
    arrive(200);
    while (turn());
    expect(state.refused).toHaveLength(after);
  });

  test("who is refused leaves its place", async () => {
    const { arrive, turn, overload } = aProcess({ ...settings, underWayMax: 300 });
    arrive(300);
    expect(overload.size).toBe(300);
    turn();
    expect(overload.size).toBe(4 + 16);
  });

  test("a few refusals go out at once, and the others are held back", async () => {
    const { state, arrive, turn } = aProcess({ ...settings, refusalsPerTurn: 16, holdMs: 20 });
    arrive(300);
    turn();
    expect(state.refused).toEqual(numbers(4, 20));
    await expect.poll(() => state.refused.length).toBe(300 - 4 - 16);
  });

  test("but not more are held back than are worth their memory", async () => {
    const overload = new Overload({ isLogFull: () => true, holdMs: 100 });
    let answered = 0;
    const enter = async () => {
      expect(await new Promise((resolve) => overload.enter(resolve))).toBe(false);
      answered++;
    };
    const held = Array.from({ length: 2_000 }, enter);
    await enter();
    expect(answered).toBe(1);
    await Promise.all(held);
    expect(answered).toBe(2_001);
  });
});
