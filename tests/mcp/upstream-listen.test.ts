import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isSubscriptionRefused, listenUpstream } from "@/lib/mcp/upstream";
import type { PeerMessage, Watch } from "@/lib/mcp/upstream-types";
import type { Upstream } from "@/tests/support/upstream";
import { aParty, aTarget, failureOf, fixtures, legacy, modern, oldSse } from "@/tests/support/upstream-client";

const { start, closeAll } = fixtures();
let ending: AbortController;
beforeEach(() => {
  ending = new AbortController();
});
afterEach(async () => {
  ending.abort();
  await closeAll();
});

const capabilities = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true } };
const uri = "test://readme";

/** Listens, and remembers what was heard. */
function listen(target: ReturnType<typeof aTarget>, more: Partial<Watch> = {}) {
  const heard: PeerMessage[] = [];
  const watch = { party: aParty("watch"), lists: true, resources: [], on: (message: PeerMessage) => void heard.push(message), signal: ending.signal, ...more };
  return { heard, ...listenUpstream(target, watch) };
}

const pushAll = ({ streams }: Upstream) => {
  streams.push({ method: "notifications/message", params: { level: "error", data: "x" } });
  streams.push({ method: "notifications/resources/updated", params: { uri: "test://other" } });
  streams.push({ method: "notifications/resources/updated", params: { uri, _meta: { "io.modelcontextprotocol/subscriptionId": 1, own: 2 } } });
  streams.push({ id: "q", method: "sampling/createMessage", params: {} });
  streams.push({ method: "notifications/tools/list_changed" });
};
const toolsChanged = { method: "notifications/tools/list_changed", params: {} };
const updated = { method: "notifications/resources/updated", params: { uri, _meta: { own: 2 } } };

describe.each([
  ["modern", modern, { era: "modern" as const }],
  ["with sessions", legacy, {}],
  ["without sessions", legacy, { stateful: false }],
  ["HTTP+SSE", oldSse, { transport: "sse" as const }],
])("listening to a server: %s", (_name, era, options) => {
  test.each([
    ["lists and a resource", { lists: true, resources: [uri] }, [updated, toolsChanged]],
    ["lists", { lists: true, resources: [] }, [toolsChanged]],
    ["a resource", { lists: false, resources: [uri] }, [updated]],
  ])("hears exactly what was asked for: %s", async (_what, wanted, expected) => {
    const upstream = await start({ ...options, capabilities, standing: true });
    const { heard, ready } = listen(aTarget(upstream.url, era), wanted);
    await ready;
    pushAll(upstream);
    // The last message of a stream comes last.
    upstream.streams.push({ method: "notifications/resources/updated", params: { uri, last: true } });
    upstream.streams.push({ method: "notifications/prompts/list_changed", params: { last: true } });
    await expect.poll(() => heard.some(({ params }) => params.last)).toBe(true);
    expect(heard.filter(({ params }) => !params.last)).toEqual(expected);
    if (era !== modern) expect(upstream.seen("resources/subscribe").map(({ params }) => params)).toEqual(wanted.resources.map((each) => ({ uri: each })));
    expect(upstream.seen("notifications/cancelled")).toEqual([]);
  });

  test("hears again after the stream broke or the server restarted", { timeout: 15_000 }, async () => {
    const upstream = await start({ ...options, capabilities, standing: true });
    const { heard, ready } = listen(aTarget(upstream.url, era), { resources: [uri] });
    await ready;
    const [first] = upstream.streams.standing.keys();
    upstream.forgetSessions();
    await vi.waitFor(() => {
      upstream.streams.push({ method: "notifications/resources/updated", params: { uri } });
      expect(heard.length).toBeGreaterThan(0);
      expect([...upstream.streams.standing.keys()]).not.toContain(first);
    }, 10_000);
    if (era === legacy && options !== undefined && !("stateful" in options)) expect(upstream.seen("resources/subscribe")).toHaveLength(2);
  });

  test("ends everything when nobody wants it any more", async () => {
    const upstream = await start({ ...options, capabilities, standing: true });
    const { heard, ready } = listen(aTarget(upstream.url, era), { resources: [uri] });
    await ready;
    ending.abort();
    await expect.poll(() => upstream.streams.standing.size).toBe(0);
    if (era === legacy) await expect.poll(() => upstream.seen("resources/unsubscribe")).toHaveLength(1);
    if (era === legacy && !("stateful" in options)) await expect.poll(() => upstream.calls.filter(({ httpMethod }) => httpMethod === "DELETE")).toHaveLength(1);
    expect(heard).toEqual([]);
  });
});

describe("there is nothing to be heard", () => {
  test.each([
    ["a session server without the stream", legacy, { capabilities }],
    ["a session server whose lists never change", legacy, { standing: true, capabilities: { tools: {} } }],
    ["an old server whose lists never change", oldSse, { transport: "sse" as const, capabilities: { tools: {} } }],
    ["a modern server without subscriptions", modern, { era: "modern" as const }],
  ])("%s: ready, and not tried again", async (_name, era, options) => {
    const upstream = await start(options);
    await listen(aTarget(upstream.url, era)).ready;
    await expect.poll(() => upstream.streams.standing.size).toBe(0);
    // Whoever means to try again waits for its end, too.
    await expect.poll(() => getEventListeners(ending.signal, "abort")).toHaveLength(0);
  });
});

test.each([
  ["with sessions", legacy, {}],
  ["HTTP+SSE", oldSse, { transport: "sse" as const }],
])("a refused subscription is the end of it, in the server's words: %s", async (_name, era, options) => {
  const upstream = await start({ ...options, capabilities, standing: true });
  const { ready } = listen(aTarget(upstream.url, era), { resources: ["other://nowhere"] });
  const error = await ready.catch((reason: unknown) => reason);
  expect(isSubscriptionRefused(error) && error.error).toEqual({ code: -32002, message: "Resource not found" });
  await expect.poll(() => upstream.streams.standing.size).toBe(0);
});

test("a server that cannot be reached is said at once and tried again", { timeout: 15_000 }, async () => {
  let isDown = true;
  const upstream = await start({ capabilities, standing: true, hook: () => (isDown ? "drop" : undefined) });
  const { heard, ready } = listen(aTarget(upstream.url, legacy));
  expect(await failureOf(ready)).toMatchObject({ cause: "reset" });
  isDown = false;
  await vi.waitFor(() => expect(upstream.streams.standing.size).toBe(1), 8_000);
  pushAll(upstream);
  await expect.poll(() => heard).toEqual([toolsChanged]);
});

test("a server whose era has changed is listened to in the other one", { timeout: 15_000 }, async () => {
  const upstream = await start({ era: "modern", capabilities, standing: true });
  const { heard } = listen(aTarget(upstream.url, legacy));
  await vi.waitFor(() => expect(upstream.streams.standing.size).toBe(1), 8_000);
  upstream.streams.push({ method: "notifications/tools/list_changed" });
  await expect.poll(() => heard).toEqual([toolsChanged]);
});
