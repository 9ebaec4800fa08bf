import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aCall, aParty, aPeer, textOf } from "@/tests/support/upstream-client";
import { everything, mcpProxy, realServers } from "@/tests/support/upstream-real";
import { inspectUpstream, listenUpstream, sendUpstream } from "./upstream";
import type { UpstreamTarget } from "./upstream-types";

const { start, endAll } = realServers();
afterAll(endAll);

test("mcp-proxy in front of a stdio server is inspected and called", { timeout: 60_000 }, async () => {
  const target = await start((port) => [mcpProxy, "--port", String(port), "--host", "127.0.0.1", "--", process.execPath, everything, "stdio"], "/mcp");
  expect(await inspectUpstream(target)).toMatchObject({ era: "modern", transport: "streamable_http" });
  expect(textOf(await sendUpstream(target, aCall("get-sum", {}, { a: 2, b: 3 })))).toContain("is 5");
});

describe.each([
  ["Streamable HTTP", "streamableHttp", "/mcp", { era: "legacy", transport: "streamable_http" }],
  ["HTTP+SSE", "sse", "/sse", { era: "legacy", transport: "sse" }],
])("server-everything on %s", { timeout: 60_000 }, (_name, mode, path, expected) => {
  let target: UpstreamTarget;
  beforeAll(async () => {
    target = await start(() => [everything, mode], path);
  }, 60_000);

  test("is inspected and called", async () => {
    const found = await inspectUpstream(target);
    expect(found).toMatchObject(expected);
    expect(found.tools.map((tool) => tool.name)).toEqual(expect.arrayContaining(["echo", "get-sum"]));
    expect(found.prompts.length).toBeGreaterThan(0);
    expect(found.resources.length).toBeGreaterThan(0);
    expect(textOf(await sendUpstream(target, aCall("get-sum", {}, { a: 2, b: 3 })))).toContain("is 5");
  });

  const answers: Record<string, object> = {
    "sampling/createMessage": { role: "assistant", model: "m", content: { type: "text", text: "a poem" } },
    "elicitation/create": { action: "accept", content: { name: "Ana", check: true } },
    "roots/list": { roots: [{ uri: "file:///home/ana", name: "home" }] },
  };
  const aClient = (key: string) => {
    const peer = aPeer(({ method }) => ({ result: { ...answers[method] } }));
    const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
    return { peer, party: aParty(key, { capabilities, logLevel: "debug", outside: peer }) };
  };

  test.each([
    ["trigger-sampling-request", { prompt: "p", maxTokens: 5 }, "sampling/createMessage", "a poem"],
    ["trigger-elicitation-request", {}, "elicitation/create", "Ana"],
    ["trigger-url-elicitation", { url: "https://a.test/", message: "m" }, "elicitation/create", "User completed"],
    ["get-roots-list", {}, "roots/list", "file:///home/ana"],
  ])("asks the client: %s", async (name, args, method, expectedText) => {
    const { peer, party } = aClient(`asked by ${name}`);
    const reply = await sendUpstream(target, aCall(name, { peer, party }, args));
    expect(JSON.stringify(reply)).toContain(expectedText);
    expect(peer.questions.map((question) => question.method)).toContain(method);
  });

  test("asks nobody who has not declared it", async () => {
    const peer = aPeer();
    expect(JSON.stringify(await sendUpstream(target, aCall("trigger-sampling-request", { peer, party: aParty("plain") }, { prompt: "p" })))).toContain(
      "not found",
    );
    expect(peer.questions).toEqual([]);
  });

  test("reports progress", async () => {
    const { peer, party } = aClient("progress");
    await sendUpstream(target, aCall("trigger-long-running-operation", { peer, party, progress: true }, { duration: 0.3, steps: 3 }));
    const progress = peer.notices.filter(({ method }) => method === "notifications/progress").map(({ params }) => params);
    expect(progress).toEqual([1, 2, 3].map((step) => ({ progress: step, total: 3 })));
  });

  test("logs to the party that asked for it", async () => {
    const { peer, party } = aClient("logs");
    const other = aClient("logs, another");
    await sendUpstream(target, aCall("echo", other, { message: "hi" }));
    await sendUpstream(target, aCall("toggle-simulated-logging", { peer, party }));
    const logs = () => peer.notices.filter(({ method, params }) => method === "notifications/message" && String(params.data).includes("level"));
    await expect.poll(logs).toHaveLength(1);
    expect(other.peer.notices.filter(({ params }) => String(params.data).includes("-level"))).toEqual([]);
  });

  test("is listened to for a resource", async () => {
    const ending = new AbortController();
    const [{ uri }] = (await inspectUpstream(target)).resources as [{ uri: string }];
    const watch = { party: aParty("watch"), lists: true, resources: [uri], on: () => {}, signal: ending.signal };
    await listenUpstream(target, watch).ready;
    ending.abort();
  });

  test("tells a party of updates that it subscribed to in its session", async () => {
    const { peer, party } = aClient("updates");
    const [{ uri }] = (await inspectUpstream(target)).resources as [{ uri: string }];
    await sendUpstream(target, { method: "resources/subscribe", params: { uri }, party });
    await sendUpstream(target, aCall("toggle-subscriber-updates", { party }));
    await expect.poll(() => peer.notices).toContainEqual({ method: "notifications/resources/updated", params: { uri } });
  });
});
