import { afterEach, describe, expect, test, vi } from "vitest";
import { endParty, sendUpstream, tellParty } from "@/lib/mcp/upstream";
import { endIdle } from "@/lib/mcp/upstream/kept";
import type { UpstreamOptions } from "@/tests/support/upstream";
import { aCall, aParty, aPeer, aTarget, failureOf, fixtures, legacy, oldSse, says, textOf } from "@/tests/support/upstream-client";

const { start, closeAll } = fixtures();
afterEach(closeAll);

const transports: [string, typeof legacy | typeof oldSse, UpstreamOptions][] = [
  ["Streamable HTTP", legacy, {}],
  ["HTTP+SSE", oldSse, { transport: "sse" }],
];
const echo = (more: Parameters<typeof aCall>[1] = {}) => aCall("echo", more, { message: "hi" });

describe.each(transports)("a kept session on %s", (_name, era, options) => {
  test.each([404, 400] as const)("that a restart of the server took (%i) is opened again, once for all calls that miss it", async (status) => {
    const upstream = await start(options);
    const target = aTarget(upstream.url, era);
    await sendUpstream(target, echo());
    upstream.forgetSessions(status);
    const replies = await Promise.all([1, 2, 3, 4].map(() => sendUpstream(target, echo())));
    expect(replies.map(textOf)).toEqual(Array(4).fill("Echo: hi"));
    expect(upstream.seen("initialize")).toHaveLength(2);
  });

  test("survives the server's process: down, a call says so at once; up again, the next one works", async () => {
    const upstream = await start(options);
    const target = aTarget(upstream.url, era);
    await sendUpstream(target, echo());
    await upstream.close();
    expect(await failureOf(sendUpstream(target, echo()))).toMatchObject({ cause: expect.stringMatching(/^re(fused|set)$/) });
    const again = await start({ ...options, port: Number(new URL(upstream.url).port) });
    expect(textOf(await sendUpstream(target, echo()))).toBe("Echo: hi");
    expect(again.seen("initialize")).toHaveLength(1);
  });

  test("is one for each party, and for each set of abilities", async () => {
    const upstream = await start(options);
    const target = aTarget(upstream.url, era);
    const parties = [aParty("ana"), aParty("ben"), aParty("ana"), aParty("ana", { capabilities: { roots: {} } })];
    for (const party of parties) await sendUpstream(target, echo({ party }));
    expect(upstream.seen("initialize").map(({ params }) => params.capabilities)).toEqual([{}, {}, { roots: {} }]);
  });

  test("ends with its party, after the calls that are running", async () => {
    let finish = () => {};
    const upstream = await start({
      ...options,
      tools: [
        {
          name: "slow",
          talk: async () => {
            await new Promise<void>((resolve) => {
              finish = resolve;
            });
            return says("done");
          },
        },
      ],
    });
    const target = aTarget(upstream.url, era);
    const isEnded = () => (options.transport ? upstream.streams.standing.size === 0 : upstream.calls.some(({ httpMethod }) => httpMethod === "DELETE"));
    const running = sendUpstream(target, aCall("slow", { party: aParty("session 1") }));
    await expect.poll(() => upstream.seen("tools/call")).toHaveLength(1);
    endParty("another", "session");
    endParty("org", "session 2");
    await sendUpstream(target, aCall("nothing", { party: aParty("session 1") }));
    expect(upstream.seen("initialize")).toHaveLength(1);
    endParty("org", "session 1");
    expect(isEnded()).toBe(false);
    finish();
    expect(textOf(await running)).toBe("done");
    await expect.poll(isEnded).toBe(true);
  });

  test("is told what its party tells all its servers", async () => {
    const upstream = await start(options);
    const target = aTarget(upstream.url, era);
    for (const key of ["session 7", "session 8"]) await sendUpstream(target, echo({ party: aParty(key) }));
    tellParty("org", "session 7", { method: "notifications/roots/list_changed", params: { a: 1 } });
    await expect.poll(() => upstream.seen("notifications/roots/list_changed").map(({ params }) => params)).toEqual([{ a: 1 }]);
  });

  test("ends when nobody has used it for half an hour", async () => {
    const upstream = await start(options);
    const target = aTarget(upstream.url, era);
    await sendUpstream(target, echo());
    endIdle(Date.now() + 29 * 60_000);
    await sendUpstream(target, echo());
    expect(upstream.seen("initialize")).toHaveLength(1);
    endIdle(Date.now() + 31 * 60_000);
    await sendUpstream(target, echo());
    expect(upstream.seen("initialize")).toHaveLength(2);
  });

  test("with another credential is another session, and the old one is closed", async () => {
    const upstream = await start(options);
    const target = aTarget(upstream.url, era);
    for (const token of ["a", "a", "b"]) await sendUpstream({ ...target, headers: { authorization: token, "mcp-param-x": String(Math.random()) } }, echo());
    expect(upstream.seen("initialize").map(({ headers }) => headers.authorization)).toEqual(["a", "b"]);
    await expect
      .poll(() => (options.transport ? upstream.streams.standing.size : upstream.calls.filter(({ httpMethod }) => httpMethod === "DELETE").length))
      .toBe(1);
  });
});

describe("a server that keeps no sessions", () => {
  const stateless = () => start({ stateful: false });
  const greetings = (upstream: Awaited<ReturnType<typeof stateless>>) => upstream.seen("initialize").length;

  test("is greeted once for everybody who can do the same and has the same account there", async () => {
    const upstream = await stateless();
    const target = aTarget(upstream.url, legacy);
    await sendUpstream(target, echo({ party: aParty("ana") }));
    for (const key of ["ben", "ana", "session 1"]) await sendUpstream(target, echo({ party: aParty(key) }));
    expect(greetings(upstream)).toBe(1);
    await sendUpstream(target, echo({ party: aParty("ben", { capabilities: { roots: {} } }) }));
    await sendUpstream({ ...target, headers: { authorization: "Bearer another" } }, echo({ party: aParty("ben") }));
    expect(greetings(upstream)).toBe(3);
    // Two accounts side by side do not push each other out.
    await sendUpstream(target, echo({ party: aParty("ana") }));
    expect(greetings(upstream)).toBe(3);
  });

  test("goes on for the others when one party ends, and gives each call its own answer", async () => {
    const upstream = await stateless();
    const target = aTarget(upstream.url, legacy);
    await sendUpstream(target, echo({ party: aParty("session 1") }));
    const calls = ["ana", "ben", "cyn"].map((key) => sendUpstream(target, aCall("echo", { party: aParty(key) }, { message: key })));
    endParty(target.orgId, "session 1");
    expect((await Promise.all(calls)).map(textOf)).toEqual(["Echo: ana", "Echo: ben", "Echo: cyn"]);
    expect(greetings(upstream)).toBe(1);
  });

  test("is greeted anew once it begins to keep them", async () => {
    const upstream = await stateless();
    const target = aTarget(upstream.url, legacy);
    await sendUpstream(target, echo({ party: aParty("ana") }));
    await upstream.close();
    const again = await start({ port: Number(new URL(upstream.url).port) });
    // The first ones find out that it is gone, and that it is another one now.
    await vi.waitFor(async () => expect(textOf(await sendUpstream(target, echo({ party: aParty("ana") })))).toBe("Echo: hi"));
    expect(textOf(await sendUpstream(target, echo({ party: aParty("ben") })))).toBe("Echo: hi");
    expect(again.seen("initialize").length).toBeGreaterThan(1);
  });
});

describe("a session on HTTP+SSE", () => {
  test("carries several calls at once, each with its own answer", async () => {
    const upstream = await start({ transport: "sse" });
    const target = aTarget(upstream.url, oldSse);
    const sums = await Promise.all([1, 2, 3].map((a) => sendUpstream(target, aCall("get-sum", {}, { a, b: 1 }))));
    expect(sums.map(textOf)).toEqual([2, 3, 4].map((sum, i) => `The sum of ${i + 1} and 1 is ${sum}.`));
    expect(upstream.calls.filter(({ httpMethod }) => httpMethod === "GET")).toHaveLength(1);
  });

  test("whose stream breaks in the middle of a call fails that call, and is not repeated silently", async () => {
    const upstream = await start({ transport: "sse", tools: [{ name: "slow", talk: () => new Promise(() => {}) }] });
    const target = aTarget(upstream.url, oldSse);
    const running = failureOf(sendUpstream(target, aCall("slow")));
    await expect.poll(() => upstream.seen("tools/call")).toHaveLength(1);
    upstream.streams.cut();
    expect(await running).toEqual({ cause: "reset", delivered: true });
    expect(upstream.seen("tools/call")).toHaveLength(1);
    expect(await sendUpstream(target, aCall("nothing"))).toMatchObject({ kind: "error" });
  });
});

describe.each(transports)("what a server says outside a call on %s", (_name, era, options) => {
  const withOutside = (key: string, more: Parameters<typeof aParty>[1] = {}) => {
    const outside = aPeer(() => ({ result: { roots: [] } }));
    return { outside, party: aParty(key, { capabilities: { roots: {} }, outside, ...more }) };
  };

  test("reaches the party's outside, answers travel back, and what it may not hear does not", async () => {
    const upstream = await start({ ...options, standing: true });
    const ana = withOutside("ana", { logLevel: "error" });
    await sendUpstream(aTarget(upstream.url, era), echo({ party: ana.party }));
    for (const level of ["info", "critical"]) upstream.streams.push({ method: "notifications/message", params: { level, data: 1 } });
    upstream.streams.push({ method: "notifications/resources/updated", params: { uri: "test://a" } });
    const answers = ["roots/list", "sampling/createMessage", "ping"].map((method, i) => {
      upstream.streams.push({ id: `q${i}`, method });
      return upstream.streams.question(`q${i}`);
    });
    expect((await Promise.all(answers)).map(({ result, error }) => result ?? (error as { code: number }).code)).toEqual([{ roots: [] }, -32601, {}]);
    expect(ana.outside.notices.map(({ params }) => params.level ?? params.uri)).toEqual(["critical", "test://a"]);
    expect(ana.outside.questions).toEqual([{ method: "roots/list", params: {} }]);
  });

  test("reaches nobody else", async () => {
    const upstream = await start({ ...options, standing: true });
    const target = aTarget(upstream.url, era);
    const [ana, ben] = [withOutside("ana"), withOutside("ben")];
    await sendUpstream(target, echo({ party: ana.party }));
    const [first] = upstream.streams.standing.values();
    await sendUpstream(target, echo({ party: ben.party }));
    first?.res.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: "ana's" } })}\n\n`);
    await expect.poll(() => ana.outside.notices).toHaveLength(1);
    expect(ben.outside.notices).toEqual([]);
  });

  test("is progress of a call all the same, when it comes on the wrong stream", async () => {
    const upstream = await start({
      ...options,
      standing: true,
      tools: [
        {
          name: "work",
          talk: async ({ progressToken, ask }) => {
            upstream.streams.push({ method: "notifications/progress", params: { progressToken, progress: 1 } });
            await ask("ping");
            return says("done");
          },
        },
      ],
    });
    const { outside, party } = withOutside("ana");
    const peer = aPeer();
    await sendUpstream(aTarget(upstream.url, era), aCall("work", { party, peer, progress: true }));
    await expect.poll(() => peer.notices).toEqual([{ method: "notifications/progress", params: { progress: 1 } }]);
    expect(outside.notices).toEqual([]);
  });
});

describe("the standalone stream", () => {
  test("is opened only for who listens, within the session, and closed with it", async () => {
    const upstream = await start({ standing: true });
    const target = aTarget(upstream.url, legacy);
    await sendUpstream(target, echo({ peer: aPeer() }));
    expect(upstream.streams.standing.size).toBe(0);
    await sendUpstream(target, echo({ party: aParty("ben", { outside: aPeer() }) }));
    await sendUpstream(target, echo({ party: aParty("ben", { outside: aPeer() }) }));
    const [stream] = [...upstream.streams.standing.values()];
    expect(upstream.streams.standing.size).toBe(1);
    expect(stream?.call.headers["mcp-session-id"]).toBe(upstream.seen("tools/call")[2]?.headers["mcp-session-id"]);
    endParty("org", "ben");
    await expect.poll(() => upstream.streams.standing.size).toBe(0);
  });

  test("of many people never keeps a call waiting", async () => {
    const upstream = await start({ standing: true });
    const target = aTarget(upstream.url, legacy);
    await Promise.all(Array.from({ length: 150 }, (_, n) => sendUpstream(target, echo({ party: aParty(`crowd ${n}`, { outside: aPeer() }) }))));
    expect(upstream.streams.standing.size).toBe(150);
    expect(textOf(await sendUpstream(target, echo()))).toBe("Echo: hi");
    endParty("org", "crowd");
    await expect.poll(() => upstream.streams.standing.size).toBe(0);
  });

  test("is asked for once where the server has none, and calls go on", async () => {
    const upstream = await start();
    const target = aTarget(upstream.url, legacy);
    for (let i = 0; i < 3; i++) expect(textOf(await sendUpstream(target, echo({ party: aParty("ana", { outside: aPeer() }) })))).toBe("Echo: hi");
    expect(upstream.calls.filter(({ httpMethod }) => httpMethod === "GET")).toHaveLength(1);
  });

  test("is opened again from the last event on when it breaks", async () => {
    const upstream = await start({ standing: true });
    const outside = aPeer();
    await sendUpstream(aTarget(upstream.url, legacy), echo({ party: aParty("ana", { outside }) }));
    for (const { res } of upstream.streams.standing.values())
      res.write('id: e7\nretry: 10\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n');
    await expect.poll(() => outside.notices).toHaveLength(1);
    upstream.streams.cut();
    const gets = () => upstream.calls.filter(({ httpMethod }) => httpMethod === "GET").map(({ headers }) => headers["last-event-id"]);
    await vi.waitFor(() => expect(gets()).toEqual([undefined, "e7"]), 5_000);
    upstream.streams.push({ method: "notifications/prompts/list_changed" });
    await expect.poll(() => outside.notices).toHaveLength(2);
  });

  test("that never answers holds up the first call for a moment only", async () => {
    const upstream = await start({ hook: ({ httpMethod }) => (httpMethod === "GET" ? "hang" : undefined) });
    const target = aTarget(upstream.url, legacy);
    const request = () => echo({ party: aParty("ana", { outside: aPeer() }) });
    expect(await failureOf(sendUpstream(target, request()))).toBe("answered");
    const began = performance.now();
    expect(await failureOf(sendUpstream(target, request()))).toBe("answered");
    expect(performance.now() - began).toBeLessThan(500);
  });
});
