import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { letRendersGo } from "./abort-reasons";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;
letRendersGo();

const storage = new AsyncLocalStorage<object>();
const kept: AbortSignal[] = [];

/** Aborts as a render does, in an immediate of its own, with another render's immediate beside it. Both renders' data are weakly held. */
function rendered(why: (() => unknown) | null): Promise<WeakRef<object>[]> {
  const renders = [{ data: "of the one that aborts" }, { data: "of the one beside it" }];
  const refs = renders.map((render) => new WeakRef(render));
  return new Promise((resolve) => {
    renders.forEach((render, i) => {
      storage.run(render, () =>
        setImmediate(() => {
          if (i === 1) return resolve(refs);
          const controller = new AbortController();
          if (why) controller.abort(why());
          else controller.abort();
          kept.push(controller.signal);
        }),
      );
    });
  });
}

test.each<[string, (() => unknown) | null]>([
  ["no reason", null],
  ["React's", () => new Error("This render completed successfully. All cacheSignals are now aborted.")],
  ["any other error", () => new TypeError("the client is gone")],
])("an abort that is kept keeps no render: %s", async (_name, why) => {
  const refs = await rendered(why);
  await eventually(() => {
    collect();
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined]);
  });
});

test("a reason stays what it is, and tells where it is from; only the first one counts", () => {
  const controller = new AbortController();
  const reason = new TypeError("the client is gone");
  controller.abort(reason);
  controller.abort();
  expect(controller.signal.reason).toBe(reason);
  expect(reason.stack).toMatch(/^TypeError: the client is gone\n {4}at .*abort-reasons\.test/);
  const bare = new AbortController();
  bare.abort();
  expect([bare.signal.reason.name, bare.signal.reason.stack]).toEqual(["AbortError", "AbortError: This operation was aborted"]);
  const odd = new AbortController();
  odd.abort("text");
  expect(odd.signal.reason).toBe("text");
});
