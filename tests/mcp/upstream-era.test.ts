import { afterEach, describe, expect, test } from "vitest";
import { inspectUpstream, sendUpstream } from "@/lib/mcp/upstream";
import type { UpstreamOptions } from "@/tests/support/upstream";
import { aCall, aParty, aTarget, failureOf, fixtures, legacy, modern, oldSse, textOf } from "@/tests/support/upstream-client";

const { start, closeAll } = fixtures();
afterEach(closeAll);

const echo = () => aCall("echo", {}, { message: "hi" });
const versions = { modern: "2026-07-28", legacy: "2025-11-25" };

describe("the admin's word", () => {
  test.each([
    ["current", "modern", "server/discover"],
    ["session", "legacy", "initialize"],
  ] as const)("`%s` is followed on a server that speaks both, without probing the other", async (protocol, era, first) => {
    const upstream = await start({ era: "dual" });
    const target = aTarget(upstream.url, { protocol });
    expect(textOf(await sendUpstream(target, echo()))).toBe("Echo: hi");
    expect(upstream.seen(era === "modern" ? "initialize" : "server/discover")).toEqual([]);
    expect(await inspectUpstream(target)).toMatchObject({ era, protocolVersion: versions[era] });
    expect(upstream.seen(first).length).toBeGreaterThan(0);
    expect(upstream.seen(era === "modern" ? "initialize" : "server/discover")).toEqual([]);
  });

  test("`current` asks nothing before the call", async () => {
    const upstream = await start({ era: "modern" });
    await sendUpstream(aTarget(upstream.url, { protocol: "current" }), echo());
    expect(upstream.calls.map(({ method }) => method)).toEqual(["tools/call"]);
  });

  test("`session` wins over a stored verdict, and finds the old transport", async () => {
    const upstream = await start({ transport: "sse" });
    const target = aTarget(upstream.url, { ...modern, protocol: "session" });
    for (let i = 0; i < 2; i++) expect(textOf(await sendUpstream(target, echo()))).toBe("Echo: hi");
    expect(upstream.calls.filter(({ httpMethod }) => httpMethod === "GET").length).toBe(2);
    expect(await inspectUpstream(target)).toMatchObject(oldSse);
  });

  test("that does not fit is said, not worked around", async () => {
    const upstream = await start();
    const target = aTarget(upstream.url, { protocol: "current" });
    expect(await failureOf(inspectUpstream(target))).toMatchObject({ cause: "http_error" });
    await failureOf(sendUpstream(target, echo()));
    expect(upstream.seen("initialize")).toEqual([]);
    const stateless = await start({ stateful: false });
    await expect(inspectUpstream(aTarget(stateless.url, { protocol: "current" }))).rejects.toMatchObject({
      person: expect.stringMatching(/does not speak the current protocol/),
    });
    const younger = await start({ era: "modern" });
    expect(await failureOf(inspectUpstream(aTarget(younger.url, { protocol: "session" })))).toMatchObject({ cause: "bad_answer" });
    expect(younger.seen("server/discover")).toEqual([]);
  });
});

describe("a first call to a server nobody has probed", () => {
  test.each<[string, UpstreamOptions]>([
    ["500", { hook: ({ method }) => (method === "server/discover" ? { status: 500, body: "no" } : undefined) }],
    [
      "503 with -32603",
      {
        hook: ({ method, id }) =>
          method === "server/discover" ? { status: 503, body: { jsonrpc: "2.0", id, error: { code: -32603, message: "" } } } : undefined,
      },
    ],
    [
      "401 with -32601",
      {
        hook: ({ method }) =>
          method === "server/discover" ? { status: 401, body: { jsonrpc: "2.0", id: null, error: { code: -32601, message: "" } } } : undefined,
      },
    ],
    ["404", { hook: ({ method }) => (method === "server/discover" ? { status: 404, body: "Invalid session ID" } : undefined) }],
    ["200 with an error", { stateful: false }],
    ["400", {}],
    [
      "a modern revision that we do not know",
      {
        hook: ({ method, id }) =>
          method === "server/discover" ? { body: { jsonrpc: "2.0", id, result: { supportedVersions: ["2030-01-01"], capabilities: {} } } } : undefined,
      },
    ],
  ])("which answers the probe with %s is carried out in a session", async (_answer, options) => {
    const upstream = await start(options);
    const target = aTarget(upstream.url);
    const replies = await Promise.all([1, 2, 3].map((n) => sendUpstream(target, { ...echo(), party: aParty(`person ${n}`) })));
    expect(replies.map(textOf)).toEqual(Array(3).fill("Echo: hi"));
    expect(upstream.seen("server/discover")).toHaveLength(1);
  });
});

describe("a stored verdict that is not true any more", () => {
  test.each<[string, UpstreamOptions, typeof legacy | typeof modern, "legacy" | "modern"]>([
    ["a server with sessions that has moved on", { era: "legacy" }, legacy, "modern"],
    ["a server without sessions that has moved on", { era: "legacy", stateful: false }, legacy, "modern"],
    ["a modern server that was rolled back to sessions", { era: "modern" }, modern, "legacy"],
    ["a modern server that was rolled back to no sessions", { era: "modern", stateful: false }, modern, "legacy"],
  ])("is found out by the next call, which is carried out once: %s", async (_case, options, stored, later) => {
    const upstream = await start({ ...options, tools: [{ name: "echo", run: () => ({ content: [{ type: "text", text: "ran" }] }) }] });
    const target = aTarget(upstream.url, { ...stored, protocolVersion: versions[stored.era] });
    expect(textOf(await sendUpstream(target, echo()))).toBe("ran");
    upstream.setEra(later);
    upstream.forgetSessions();
    expect(textOf(await sendUpstream(target, echo()))).toBe("ran");
    const probes = upstream.seen("server/discover").length;
    expect(probes).toBe(1);
    expect(textOf(await sendUpstream(target, echo()))).toBe("ran");
    expect(upstream.seen("server/discover")).toHaveLength(probes);
  });

  test("a server that has left the old transport, or gone back to it, is found", async () => {
    const younger = await start();
    expect(textOf(await sendUpstream(aTarget(younger.url, oldSse), echo()))).toBe("Echo: hi");
    for (const protocol of ["auto", "session"] as const) {
      const older = await start({ transport: "sse" });
      expect(textOf(await sendUpstream(aTarget(older.url, { ...legacy, protocol }), echo()))).toBe("Echo: hi");
    }
  });

  test("a kept session's server that has moved on and back again is followed", async () => {
    const upstream = await start({ era: "dual" });
    const target = aTarget(upstream.url, { ...legacy });
    await sendUpstream(target, echo());
    upstream.setEra("modern");
    upstream.forgetSessions(400);
    expect(textOf(await sendUpstream(target, echo()))).toBe("Echo: hi");
    await inspectUpstream(target);
    expect(await failureOf(sendUpstream({ ...target, ...modern }, echo()))).toBe("answered");
  });

  test("a server that insists is asked once, and its refusal is the answer", async () => {
    const upstream = await start({ era: "modern" });
    const target = aTarget(upstream.url, modern);
    const odd = { ...echo(), method: "vendor/method", params: {} };
    for (let i = 0; i < 3; i++) expect(await sendUpstream(target, odd)).toMatchObject({ kind: "error", error: { code: -32601 } });
    expect(upstream.seen("server/discover")).toHaveLength(1);
    expect(upstream.seen("vendor/method")).toHaveLength(3);
  });

  test("an overload is no other era", async () => {
    const upstream = await start({ era: "modern", hook: ({ method }) => (method === "tools/call" ? { status: 503 } : undefined) });
    expect(await failureOf(sendUpstream(aTarget(upstream.url, modern), echo()))).toEqual({ cause: "http_error", delivered: true });
    expect(upstream.seen("server/discover")).toEqual([]);
  });
});
