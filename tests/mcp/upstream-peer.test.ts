import { afterEach, describe, expect, test } from "vitest";
import { sendUpstream } from "@/lib/mcp/upstream";
import type { PeerAnswer } from "@/lib/mcp/upstream-types";
import type { UpstreamOptions } from "@/tests/support/upstream";
import { aCall, aParty, aPeer, aTarget, fixtures, legacy, modern, oldSse, says, textOf } from "@/tests/support/upstream-client";
import type { Talk } from "@/tests/support/upstream-talk";

const { start, closeAll } = fixtures();
afterEach(closeAll);

const tool = (talk: Talk): UpstreamOptions => ({ tools: [{ name: "work", talk }] });
const everything = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
const ask = { messages: [], maxTokens: 1 };

describe.each([
  ["Streamable HTTP", legacy, {}],
  ["HTTP+SSE", oldSse, { transport: "sse" as const }],
])("what a server says while it works, %s", (_name, era, options) => {
  const run = async (talk: Talk, request: Parameters<typeof aCall>[1] = {}) => {
    const upstream = await start({ ...options, ...tool(talk) });
    const reply = await sendUpstream(aTarget(upstream.url, era), aCall("work", request));
    return { upstream, reply };
  };

  test.each([
    ["sampling/createMessage", ask],
    ["elicitation/create", { message: "name?", requestedSchema: { type: "object", properties: {} } }],
    ["elicitation/create", { mode: "url", url: "https://a.test/", elicitationId: "1", message: "go" }],
    ["roots/list", {}],
  ])("a question reaches the client and its answer the server: %s", async (method, params) => {
    const peer = aPeer(() => ({ result: { from: "client", odd: [null] } }));
    const talk: Talk = async ({ ask }) => says(JSON.stringify((await ask(method, params, 7)).result));
    const { reply } = await run(talk, { peer, party: aParty("ana", { capabilities: everything }) });
    expect(textOf(reply)).toBe('{"from":"client","odd":[null]}');
    expect(peer.questions).toEqual([{ method, params }]);
  });

  test("a client's refusal is an error answer", async () => {
    const peer = aPeer(() => ({ error: { code: -1, message: "no", data: { x: 1 } } }));
    const talk: Talk = async ({ ask: question }) => says(JSON.stringify((await question("sampling/createMessage", ask)).error));
    const { reply } = await run(talk, { peer, party: aParty("ana", { capabilities: everything }) });
    expect(textOf(reply)).toBe('{"code":-1,"message":"no","data":{"x":1}}');
  });

  test.each([
    ["sampling that was not declared", {}, "sampling/createMessage", ask, -32601],
    ["sampling with tools that were not declared", { sampling: {} }, "sampling/createMessage", { ...ask, tools: [] }, -32602],
    ["elicitation that was not declared", { sampling: {} }, "elicitation/create", { message: "" }, -32601],
    ["a URL where only forms are taken", { elicitation: {} }, "elicitation/create", { mode: "url" }, -32602],
    ["a form where only URLs are taken", { elicitation: { url: {} } }, "elicitation/create", { message: "" }, -32602],
    ["an unknown mode", { elicitation: {} }, "elicitation/create", { mode: "telepathy" }, -32602],
    ["roots that were not declared", { sampling: {} }, "roots/list", {}, -32601],
    ["an unknown kind", everything, "secrets/list", {}, -32601],
    ["a request of the other direction", everything, "tools/call", { name: "x" }, -32601],
  ])("what was not declared never reaches the client: %s", async (_case, capabilities, method, params, code) => {
    const peer = aPeer();
    const talk: Talk = async ({ ask }) => says(JSON.stringify((await ask(method, params)).error));
    const { reply } = await run(talk, { peer, party: aParty("ana", { capabilities }) });
    expect(JSON.parse(String(textOf(reply)))).toMatchObject({ code });
    expect(peer.questions).toEqual([]);
  });

  test("a ping is answered here, and without a client everything else is refused", async () => {
    const talk: Talk = async ({ ask: question }) => {
      const [ping, sampling] = [await question("ping"), await question("sampling/createMessage", ask)];
      return says(JSON.stringify([ping.result, (sampling.error as { code: number }).code]));
    };
    const { reply } = await run(talk, { party: aParty("ana", { capabilities: everything }) });
    expect(textOf(reply)).toBe("[{},-32601]");
  });

  test("a question the server takes back is taken back from the client", async () => {
    const taken = new AbortController();
    const peer = aPeer((_message, signal) => new Promise<PeerAnswer>((resolve) => signal.addEventListener("abort", () => resolve({ result: { late: true } }))));
    const talk: Talk = async ({ ask: question, notify }) => {
      void question("sampling/createMessage", ask, "q1").then(() => taken.abort());
      notify("notifications/cancelled", { requestId: "q1", reason: "changed my mind" });
      return says(String((await question("ping")).result !== undefined));
    };
    const { upstream } = await run(talk, { peer, party: aParty("ana", { capabilities: everything }) });
    expect(peer.questions).toHaveLength(1);
    expect(peer.notices).toEqual([]);
    expect(upstream.calls.filter((call) => call.id === "q1")).toEqual([]);
  });

  test("progress comes without the token, and only our own", async () => {
    const peer = aPeer();
    const talk: Talk = async ({ notify, progressToken }) => {
      notify("notifications/progress", { progressToken, progress: 1, total: 2, message: "half", extra: { a: 1 } });
      notify("notifications/progress", { progressToken: "someone else's", progress: 9 });
      notify("notifications/progress", { progress: 9 });
      return says(typeof progressToken);
    };
    const { reply } = await run(talk, { peer, progress: true });
    expect(textOf(reply)).toBe("number");
    expect(peer.notices).toEqual([{ method: "notifications/progress", params: { progress: 1, total: 2, message: "half", extra: { a: 1 } } }]);
  });

  test("no progress is asked for that nobody wants, and a token of another hop does not travel", async () => {
    const talk: Talk = async ({ call }) => says(JSON.stringify(call.params._meta));
    const { reply } = await run(talk, { params: { name: "work", _meta: { progressToken: "theirs", traceparent: "t" } } });
    expect(textOf(reply)).toBe('{"traceparent":"t"}');
  });

  test("log messages from the wanted level on, known notifications, and nothing else", async () => {
    const peer = aPeer();
    const log = (level: string) => ({ level, data: level, logger: "x" });
    const talk: Talk = async ({ notify }) => {
      for (const level of ["debug", "info", "warning", "emergency", "made-up"]) notify("notifications/message", log(level));
      notify("notifications/tools/list_changed");
      notify("notifications/made-up");
      notify("notifications/initialized");
      return says("done");
    };
    const upstream = await start({ ...options, ...tool(talk), capabilities: { logging: {} } });
    const target = aTarget(upstream.url, era);
    await sendUpstream(target, aCall("work", { peer, party: aParty("ana", { logLevel: "warning" }) }));
    await sendUpstream(target, aCall("work", { party: aParty("ana", { logLevel: "warning" }) }));
    expect(peer.notices.map(({ method, params }) => params.level ?? method)).toEqual(["warning", "emergency", "notifications/tools/list_changed"]);
    expect(upstream.seen("logging/setLevel").map(({ params }) => params)).toEqual([{ level: "warning" }]);
    const quiet = aPeer();
    await sendUpstream(target, aCall("work", { peer: quiet }));
    expect(quiet.notices.map(({ method }) => method)).toEqual(["notifications/tools/list_changed"]);
    await sendUpstream(target, aCall("work", { peer: quiet, party: aParty("ana", { logLevel: "error" }) }));
    expect(upstream.seen("logging/setLevel").map(({ params }) => params)).toEqual([{ level: "warning" }, { level: "error" }]);
    expect(upstream.seen("initialize")).toHaveLength(1);
  });

  test("one person's question and answer never reach another, though ids collide", async () => {
    const talk: Talk = async ({ ask: question, args, notify }) => {
      notify("notifications/message", { level: "info", data: args.secret });
      return says(JSON.stringify((await question("sampling/createMessage", { ...ask, secret: args.secret }, `q-${args.secret}`)).result));
    };
    const upstream = await start({ ...options, ...tool(talk) });
    const target = aTarget(upstream.url, era);
    const people = ["ana", "ben", "cem"].map((name) => ({ name, peer: aPeer(async ({ params }) => ({ result: { of: name, heard: params.secret } })) }));
    const replies = await Promise.all(
      people.map(({ name, peer }) =>
        sendUpstream(target, aCall("work", { peer, party: aParty(name, { capabilities: everything, logLevel: "debug" }) }, { secret: `${name}'s` })),
      ),
    );
    expect(replies.map(textOf)).toEqual(people.map(({ name }) => JSON.stringify({ of: name, heard: `${name}'s` })));
    for (const { name, peer } of people) expect(JSON.stringify([...peer.questions, ...peer.notices]).match(/\w+'s/g)).toEqual([`${name}'s`, `${name}'s`]);
    expect(upstream.seen("initialize")).toHaveLength(3);
  });
});

describe("a modern server", () => {
  test("is told the level and the token per request, and is heard; it cannot ask in the stream", async () => {
    const peer = aPeer();
    const talk: Talk = async ({ notify, progressToken, ask: question }) => {
      void question("sampling/createMessage", ask, "q");
      notify("notifications/progress", { progressToken, progress: 1 });
      notify("notifications/message", { level: "error", data: "hm" });
      return says("done");
    };
    const upstream = await start({ era: "modern", ...tool(talk) });
    const party = aParty("ana", { capabilities: everything, logLevel: "info" });
    expect(textOf(await sendUpstream(aTarget(upstream.url, modern), aCall("work", { peer, party, progress: true })))).toBe("done");
    expect(peer.notices.map(({ method }) => method)).toEqual(["notifications/progress", "notifications/message"]);
    expect(peer.questions).toEqual([]);
    const [seen] = upstream.seen("tools/call");
    expect(seen?.params._meta).toMatchObject({ "io.modelcontextprotocol/logLevel": "info", "io.modelcontextprotocol/clientCapabilities": everything });
    expect(upstream.calls.filter(({ id }) => id === "q")).toEqual([]);
  });

  test("its input_required is a result like any other, its refusal of a capability an error", async () => {
    const result = { resultType: "input_required", inputRequests: { a: { method: "roots/list" } }, requestState: "s" };
    const upstream = await start({ era: "modern", tools: [{ name: "work", run: () => result }, { name: "other" }] });
    const target = aTarget(upstream.url, modern);
    expect(await sendUpstream(target, aCall("work"))).toMatchObject({ kind: "result", result });
    const strict = await start({
      era: "modern",
      hook: ({ id }) => ({ status: 400, body: { jsonrpc: "2.0", id, error: { code: -32021, message: "m", data: { requiredCapabilities: {} } } } }),
    });
    expect(await sendUpstream(aTarget(strict.url, modern), aCall("work"))).toMatchObject({ kind: "error", error: { code: -32021 } });
  });
});

test.each([[legacy], [modern]])("the result's text comes as it was written, JSON or event stream: %o", async (era) => {
  const raw = '{ "content" : [ ], "big": 12345678901234567890, "a": 1, "a": 1.0, "u": "\\u00e4" }';
  for (const head of [
    ["application/json", "", ""],
    ["text/event-stream", "data: ", "\n\n"],
  ]) {
    const [type, before, after] = head;
    const upstream = await start({
      era: era.era,
      hook: ({ method, id }) =>
        method === "tools/call"
          ? { headers: { "content-type": String(type) }, body: `${before}{"jsonrpc":"2.0","result":${raw},"id":${id}}${after}` }
          : undefined,
    });
    const reply = await sendUpstream(aTarget(upstream.url, era), aCall("work"));
    expect(reply.kind === "result" && reply.raw).toBe(raw);
  }
});
