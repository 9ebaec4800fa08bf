import { afterEach, describe, expect, test } from "vitest";
import { sendUpstream } from "@/lib/mcp/upstream";
import type { RecordedCall, UpstreamOptions } from "@/tests/support/upstream";
import { aCall, aParty, aPeer, aTarget, failureOf, fixtures, legacy, modern, says, textOf } from "@/tests/support/upstream-client";

const { start, closeAll } = fixtures();
afterEach(closeAll);

type Part = { text?: string; cut?: boolean; status?: number };
const message = (body: object) => `data: ${JSON.stringify({ jsonrpc: "2.0", ...body })}\n\n`;
const answer = (id: unknown) => message({ id, result: says("done") });
const primed = (id: string, retryMs?: number) => `id: ${id}\n${retryMs === undefined ? "" : `retry: ${retryMs}\n`}data: \n\n`;

/** A server whose answer comes in parts: the first to the POST, one more to each GET. */
async function inParts(parts: (call: RecordedCall, id: unknown) => Part[], options: UpstreamOptions = {}) {
  let next = 0;
  let id: unknown;
  const upstream = await start({
    ...options,
    hook: (call) => {
      if (call.method === "tools/call") id = call.id;
      else if (call.httpMethod !== "GET") return undefined;
      const { text = "", cut, status } = parts(call, id)[next++] ?? { status: 405 };
      if (status) return { status };
      return (res) => {
        res.writeHead(200, { "content-type": "text/event-stream" });
        res.write(text, () => (cut ? res.destroy() : res.end()));
      };
    },
  });
  const gets = () => upstream.calls.filter(({ httpMethod }) => httpMethod === "GET");
  return { upstream, gets, target: aTarget(upstream.url, legacy) };
}

describe("an answer that comes in parts (SEP-1699)", () => {
  test("is read to its end, from the last event on, in the session", async () => {
    const peer = aPeer();
    const { upstream, gets, target } = await inParts((_call, id) => [
      { text: primed("e1", 20) },
      { text: `id: e2\n${message({ method: "notifications/tools/list_changed" })}` },
      { text: `id: e3\n${answer(id)}` },
    ]);
    expect(textOf(await sendUpstream(target, aCall("x", { peer })))).toBe("done");
    expect(gets().map(({ headers }) => headers["last-event-id"])).toEqual(["e1", "e2"]);
    const [post] = upstream.seen("tools/call");
    expect(gets().map(({ headers }) => headers["mcp-session-id"])).toEqual([post?.headers["mcp-session-id"], post?.headers["mcp-session-id"]]);
    expect(gets()[0]?.headers).toMatchObject({ accept: "text/event-stream", "mcp-protocol-version": "2025-11-25" });
    expect(peer.pauses).toEqual([20, 20]);
    expect(peer.notices).toHaveLength(1);
    expect(upstream.seen("tools/call")).toHaveLength(1);
  });

  test("a connection that breaks is gone on with in the same way, and a server that is down for a moment tried again", async () => {
    const { gets, target } = await inParts((_call, id) => [
      { text: primed("e1", 20), cut: true },
      { status: 503 },
      { text: primed("e2"), cut: true },
      { text: answer(id) },
    ]);
    expect(textOf(await sendUpstream(target, aCall("x")))).toBe("done");
    expect(gets().map(({ headers }) => headers["last-event-id"])).toEqual(["e1", "e1", "e2"]);
  });

  test("the server's retry is kept to, and is no silence", async () => {
    const { target } = await inParts((_call, id) => [{ text: primed("e1", 800) }, { text: answer(id) }]);
    const began = performance.now();
    await sendUpstream(target, { ...aCall("x"), method: "ping" });
    expect(textOf(await sendUpstream({ ...target, callTimeoutMs: 400 }, aCall("x")))).toBe("done");
    expect(performance.now() - began).toBeGreaterThan(790);
  });

  test("a question survives the break", async () => {
    const peer = aPeer(async () => ({ result: { yes: true } }));
    const { upstream, target } = await inParts((_call, id) => [{ text: primed("e1", 20) + message({ id: "q", method: "roots/list" }) }, { text: answer(id) }]);
    await sendUpstream(target, aCall("x", { peer, party: aParty("ana", { capabilities: { roots: {} } }) }));
    await expect.poll(() => upstream.calls.find(({ id, method }) => id === "q" && method === null)?.body.result).toEqual({ yes: true });
  });

  test("cancelled while it waits: the server is told, and not asked again", async () => {
    const client = new AbortController();
    const peer = { ...aPeer(), paused: () => client.abort() };
    const { upstream, gets, target } = await inParts(() => [{ text: primed("e1", 60_000) }]);
    expect(await failureOf(sendUpstream(target, aCall("x", { peer, signal: client.signal })))).toEqual({ cause: "cancelled", delivered: true });
    await expect.poll(() => upstream.seen("notifications/cancelled")).toHaveLength(1);
    expect(gets()).toEqual([]);
  });

  test.each<[string, Part[]]>([
    ["the stream had no id", [{ text: `retry: 20\n${message({ method: "notifications/x" })}` }]],
    ["the id cannot be a header", [{ text: primed("\u00e4", 20) }]],
    ["the server does not resume", [{ text: primed("e1", 20) }, { status: 405 }]],
    ["the server has forgotten it", [{ text: primed("e1", 20) }, { status: 404 }]],
  ])("it is not complete when %s", async (_case, parts) => {
    const { target } = await inParts(() => parts);
    expect(await failureOf(sendUpstream(target, aCall("x")))).toEqual({ cause: "bad_answer", delivered: true });
  });

  test("it is not asked for without end", async () => {
    const { gets, target } = await inParts(() => Array.from({ length: 300 }, () => ({ text: primed("e", 0) })));
    expect(await failureOf(sendUpstream(target, aCall("x")))).toEqual({ cause: "bad_answer", delivered: true });
    expect(gets()).toHaveLength(100);
  });

  test("a modern stream that breaks is not resumed", async () => {
    const { gets, target } = await inParts(() => [{ text: primed("e1", 20) }], { era: "modern" });
    expect(await failureOf(sendUpstream({ ...target, ...modern }, aCall("x")))).toEqual({ cause: "bad_answer", delivered: true });
    expect(gets()).toEqual([]);
  });
});
