import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage } from "node:http";
import { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storesAtRest } from "./stores-at-rest";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** What Next.js makes when it is loaded, a page that uses it, and a request for that page. */
function aSite() {
  const stores = storesAtRest();
  const store: AsyncLocalStorage<string> = new (Reflect.get(globalThis, "AsyncLocalStorage") as typeof AsyncLocalStorage)();
  const pages = stores.between(async () => {
    store.enterWith("this page");
  });
  const ask = () => {
    const request = { method: "GET", httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage;
    const response = new ServerResponse(request);
    void pages(request, response);
    return { close: () => response.emit("close") };
  };
  return { ask, isInUse: () => store.getStore() !== undefined };
}

test("a store is in use while a page is, and for ten seconds after the last one", () => {
  const { ask, isInUse } = aSite();
  const [first, second] = [ask(), ask()];
  first.close();
  vi.advanceTimersByTime(20_000);
  expect(isInUse()).toBe(true);
  second.close();
  vi.advanceTimersByTime(9_999);
  expect(isInUse()).toBe(true);
  vi.advanceTimersByTime(1);
  expect(isInUse()).toBe(false);
  ask();
  expect(isInUse()).toBe(true);
});

test("who imports the class has one that is left alone", () => {
  const ours = new AsyncLocalStorage<string>();
  const { ask } = aSite();
  ours.run("ours", () => {
    ask().close();
    vi.advanceTimersByTime(10_000);
    expect(ours.getStore()).toBe("ours");
  });
});
