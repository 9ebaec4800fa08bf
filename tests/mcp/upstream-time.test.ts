import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "@/lib/limits";
import { breakerState, challengeOf, inspectUpstream, listenUpstream, resetBreaker, sendUpstream } from "@/lib/mcp/upstream";
import { type PeerAnswer, UpstreamFailure, type UpstreamTarget } from "@/lib/mcp/upstream-types";
import type { UpstreamOptions } from "@/tests/support/upstream";
import { aCall, aParty, aPeer, aTarget, failureOf, fixtures, legacy, modern, oldSse, says, textOf } from "@/tests/support/upstream-client";
import type { Talk } from "@/tests/support/upstream-talk";

const { start, closeAll } = fixtures();
afterEach(closeAll);

/** A target whose session is open, so that a short time is the call's alone. */
async function opened(target: UpstreamTarget, party = aParty("ana")): Promise<UpstreamTarget> {
  await sendUpstream({ ...target, callTimeoutMs: 20_000 }, { method: "ping", params: {}, party });
  return target;
}
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const onCall = (hook: UpstreamOptions["hook"]): UpstreamOptions => ({ hook: (call) => (call.method === "tools/call" ? hook?.(call) : undefined) });
const dripping = (text: string) => (res: ServerResponse) => {
  res.writeHead(200, { "content-type": "text/event-stream" });
  const drip = setInterval(() => res.write(text), 10);
  res.on("close", () => clearInterval(drip));
};

describe.each([
  ["legacy", legacy, {}],
  ["modern", modern, { era: "modern" as const }],
])("a call to a %s server has a deadline", (_name, era, options) => {
  test.each<[string, UpstreamOptions["hook"]]>([
    ["it hangs", () => "hang"],
    ["it sends comments for ever", () => dripping(": still here\n\n")],
    ["it drips bytes of an answer", () => dripping("data: {\n")],
    ["it drips a JSON body", () => (res) => void res.writeHead(200, { "content-type": "application/json", "content-length": "1000" }).write("{")],
  ])("when %s; the socket is closed", async (_case, hook) => {
    let isClosed = false;
    const upstream = await start({
      ...options,
      ...onCall((call) => {
        const misdeed = hook?.(call);
        return (res) => {
          res.on("close", () => {
            isClosed = true;
          });
          if (typeof misdeed === "function") misdeed(res);
        };
      }),
    });
    const target = await opened(aTarget(upstream.url, { ...era, callTimeoutMs: 400 }));
    expect(await failureOf(sendUpstream(target, aCall("x")))).toEqual({ cause: "timeout", delivered: true });
    await expect.poll(() => isClosed).toBe(true);
    if (era === legacy) await expect.poll(() => upstream.seen("notifications/cancelled")[0]?.params.requestId).toBe(upstream.seen("tools/call")[0]?.id);
    else expect(upstream.seen("notifications/cancelled")).toEqual([]);
  });

  test.each(["notifications/progress", "notifications/message"])("which a message of the server extends: %s", async (method) => {
    const upstream = await start({
      ...options,
      tools: [
        {
          name: "slow",
          talk: async ({ notify, progressToken }) => {
            for (let progress = 1; progress <= 8; progress++) {
              notify(method, { progressToken, progress, level: "info", data: progress });
              await later(80);
            }
            return says("done");
          },
        },
      ],
    });
    const peer = aPeer();
    const request = aCall("slow", { peer, progress: true, party: aParty("ana", { logLevel: "debug" }) });
    const target = await opened(aTarget(upstream.url, { ...era, callTimeoutMs: 400 }));
    expect(textOf(await sendUpstream(target, request))).toBe("done");
    expect(peer.notices).toHaveLength(8);
  });
});

describe.each([
  ["Streamable HTTP", legacy, {}],
  ["HTTP+SSE", oldSse, { transport: "sse" as const }],
])("on %s", (_name, era, options) => {
  test("the time that a person takes to answer is not the server's", async () => {
    const party = aParty("ana", { capabilities: { sampling: {} } });
    const upstream = await start({
      ...options,
      tools: [
        { name: "ask", talk: async ({ ask }) => says(JSON.stringify((await ask("sampling/createMessage")).result)) },
        { name: "hang", talk: () => new Promise(() => {}) },
      ],
    });
    const target = await opened(aTarget(upstream.url, { ...era, callTimeoutMs: 400 }), party);
    const peer = aPeer(async () => {
      // A call of the same length that begins now and waits for nobody has run out before this one has an answer.
      expect(await failureOf(sendUpstream(target, aCall("hang", { party })))).toMatchObject({ cause: "timeout" });
      return { result: { ok: 1 } };
    });
    expect(textOf(await sendUpstream(target, aCall("ask", { peer, party })))).toBe('{"ok":1}');
  });

  test("a client that goes away takes its call and its open question along", async () => {
    const [client, asked, taken] = [new AbortController(), new AbortController(), new AbortController()];
    let isWithdrawn = false;
    const upstream = await start({
      ...options,
      tools: [
        {
          name: "ask",
          talk: async ({ ask, signal }) => {
            signal.addEventListener("abort", () => taken.abort());
            await ask("sampling/createMessage");
            return says("?");
          },
        },
      ],
    });
    const peer = aPeer((_message, signal) => {
      asked.abort();
      return new Promise<PeerAnswer>((resolve) => signal.addEventListener("abort", () => resolve({ error: { code: -1, message: "gone" } }))).finally(() => {
        isWithdrawn = true;
      });
    });
    const request = aCall("ask", { peer, party: aParty("ana", { capabilities: { sampling: {} } }), signal: client.signal });
    const answer = failureOf(sendUpstream(aTarget(upstream.url, era), request));
    await expect.poll(() => asked.signal.aborted).toBe(true);
    client.abort();
    expect(await answer).toEqual({ cause: "cancelled", delivered: true });
    await expect.poll(() => taken.signal.aborted).toBe(true);
    expect(upstream.seen("notifications/cancelled")).toHaveLength(1);
    await expect.poll(() => isWithdrawn).toBe(true);
  });
});

describe("the absolute time of a call", () => {
  const { callAbsoluteMs } = limits;
  beforeEach(() => void Object.assign(limits, { callAbsoluteMs: 1_500 }));
  afterEach(() => void Object.assign(limits, { callAbsoluteMs }));

  test("is extended by no progress", async () => {
    const talk: Talk = async ({ notify, progressToken, signal }) => {
      for (let progress = 1; !signal.aborted; progress++) {
        notify("notifications/progress", { progressToken, progress });
        await later(20);
      }
      return {};
    };
    const upstream = await start({ tools: [{ name: "slow", talk }] });
    const target = await opened(aTarget(upstream.url, { ...legacy, callTimeoutMs: 300 }));
    const peer = aPeer();
    expect(await failureOf(sendUpstream(target, aCall("slow", { peer, progress: true })))).toEqual({ cause: "timeout", delivered: true });
    expect(peer.notices.length).toBeGreaterThan(3);
    await expect.poll(() => upstream.seen("notifications/cancelled")).toHaveLength(1);
  });

  test("that a person lets pass is no fault of the server", async () => {
    const upstream = await start({ tools: [{ name: "ask", talk: async ({ ask }) => says(JSON.stringify(await ask("sampling/createMessage"))) }] });
    const party = aParty("ana", { capabilities: { sampling: {} } });
    const target = await opened(aTarget(upstream.url, { ...legacy, callTimeoutMs: 100 }), party);
    const peer = aPeer(() => new Promise<PeerAnswer>(() => {}));
    const calls = Array.from({ length: 6 }, () => failureOf(sendUpstream(target, aCall("ask", { peer, party }))));
    expect(await Promise.all(calls)).toEqual(Array(6).fill({ cause: "timeout", delivered: true }));
    expect(breakerState("org", target.serverId).state).toBe("closed");
  });
});

describe("a server that keeps failing", () => {
  const failing = (hook: UpstreamOptions["hook"]) => start(onCall(hook));

  test("is left alone after five failures, says so, and a successful sync is believed", async () => {
    const upstream = await failing(() => "drop");
    const target = aTarget(upstream.url, legacy);
    for (let i = 0; i < 5; i++) expect(await failureOf(sendUpstream(target, aCall("x")))).toMatchObject({ cause: "reset" });
    const seen = upstream.calls.length;
    await expect(sendUpstream(target, aCall("x"))).rejects.toMatchObject({
      cause_: "unavailable",
      delivered: false,
      person: expect.stringMatching(/tried again/),
    });
    expect(upstream.calls).toHaveLength(seen);
    expect(breakerState("org", target.serverId)).toMatchObject({ state: "open" });
    expect(breakerState("other", target.serverId)).toEqual({ state: "closed" });
    await inspectUpstream(target);
    expect(breakerState("org", target.serverId)).toEqual({ state: "closed" });
  });

  test.each<[string, UpstreamOptions["hook"], boolean]>([
    ["503", () => ({ status: 503 }), true],
    ["a dead connection", () => "drop", true],
    ["401", () => ({ status: 401 }), false],
    ["403", () => ({ status: 403 }), false],
    ["422", () => ({ status: 422 }), false],
    ["429", () => ({ status: 429 }), false],
    ["a JSON-RPC error", ({ id }) => ({ body: { jsonrpc: "2.0", id, error: { code: -32603, message: "m" } } }), false],
    ["a JSON-RPC error with 500", ({ id }) => ({ status: 500, body: { jsonrpc: "2.0", id, error: { code: -32603, message: "m" } } }), false],
    ["a tool's error", ({ id }) => ({ body: { jsonrpc: "2.0", id, result: { isError: true, content: [] } } }), false],
  ])("%s counts: %s", async (_case, hook, counts) => {
    const upstream = await failing(hook);
    const target = aTarget(upstream.url, legacy);
    for (let i = 0; i < 6; i++) await failureOf(sendUpstream(target, aCall("x")));
    expect(breakerState("org", target.serverId).state).toBe(counts ? "open" : "closed");
    resetBreaker("org", target.serverId);
    expect(breakerState("org", target.serverId).state).toBe("closed");
  });

  test.each<[string, UpstreamTarget, UpstreamOptions["transport"]]>([
    ["modern", aTarget("", modern), "streamable_http"],
    ["old", aTarget("", legacy), "streamable_http"],
    ["HTTP+SSE", aTarget("", oldSse), "sse"],
    ["yet unknown", aTarget(""), "sse"],
  ])("a 401 of a server that is %s says what it asks for, to calls and to who listens", async (_kind, target, transport) => {
    const hook = () => ({ status: 401, headers: { "www-authenticate": 'Bearer scope="read"' } });
    const upstream = await start({ transport, hook: (call) => (transport === "sse" && call.httpMethod === "POST" ? { status: 404 } : hook()) });
    const at = { ...target, url: upstream.url };
    const ending = new AbortController();
    const listening = listenUpstream(at, { party: aParty("watch"), lists: true, resources: [], on: () => {}, signal: ending.signal });
    const refused = await Promise.all([sendUpstream(at, aCall("x")), listening.ready].map((one) => one.catch((error: UpstreamFailure) => error)));
    ending.abort();
    expect(refused.map((one) => one instanceof UpstreamFailure && challengeOf(one))).toEqual(['Bearer scope="read"', 'Bearer scope="read"']);
  });

  test("cancelled calls do not count", async () => {
    const upstream = await failing(() => "hang");
    const target = aTarget(upstream.url, legacy);
    for (let i = 0; i < 6; i++) await failureOf(sendUpstream(target, aCall("x", { signal: AbortSignal.timeout(50) })));
    expect(breakerState("org", target.serverId).state).toBe("closed");
  });
});
