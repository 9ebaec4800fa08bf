import { describe, expect, test } from "vitest";
import type { Peer, UpstreamReply } from "@/lib/mcp/upstream-types";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { readEvents } from "@/tests/support/event-reader";
import { aGrant, aPerson } from "@/tests/support/factories";
import { aFeaturePortal } from "@/tests/support/features/feature-portal";
import { startFeatureUpstream, type UpstreamKind } from "@/tests/support/features/feature-upstream";
import { connectPeer } from "@/tests/support/features/peers";
import { anEchoPortal, fakeUpstream, legacyHeaders, message, modernHeaders, modernMeta, type Mount, mountsOf } from "./harness";

const db = await testDatabase();
const text = (words: string): UpstreamReply => ({
  kind: "result",
  bytes: 1,
  raw: JSON.stringify({ content: [{ type: "text", text: words }] }),
  result: { content: [{ type: "text", text: words }] },
});

// What the upstream of the next call does.
let conduct: (peer: Peer, params: Record<string, unknown>) => Promise<UpstreamReply>;
const upstream = fakeUpstream(({ peer, params }) => (peer ? conduct(peer, params) : text("nobody to talk to")));
const live = await anEchoPortal(db, { send: upstream.send });
const mounts = await mountsOf(live);
const call = (meta = {}, more = {}) => message("tools/call", { name: "echo", arguments: {}, ...more, _meta: meta });

async function aSession({ send }: Mount, capabilities: object, protocolVersion = "2025-11-25") {
  const params = { protocolVersion, capabilities, clientInfo: { name: "t", version: "1" } };
  const begun = await send({ headers: { ...legacyHeaders(live.token), "mcp-protocol-version": undefined }, body: message("initialize", params) });
  return { ...legacyHeaders(live.token), "mcp-protocol-version": protocolVersion, "mcp-session-id": String(begun.headers.get("mcp-session-id")) };
}

const modern = modernHeaders(live.token, "tools/call", "echo");
const modernCall = ({ send }: Mount, capabilities: object, more = {}) =>
  send({ headers: { ...modern, accept: "application/json" }, body: call({ ...modernMeta, "io.modelcontextprotocol/clientCapabilities": capabilities }, more) });

describe.each(mounts)("between client and server on $name", (mount) => {
  test.each<[string, object, string | number]>([
    ["2025-11-25", {}, "a token"],
    ["2026-07-28", modernMeta, 0],
  ])("progress only grows, carries the client's own token, and ends with the answer (%s)", async (era, meta, progressToken) => {
    let late = () => {};
    conduct = async (peer) => {
      for (const progress of [1, 1, 0.5, 2]) peer.notify({ method: "notifications/progress", params: { progress, message: `at ${progress}` } });
      late = () => peer.notify({ method: "notifications/progress", params: { progress: 3 } });
      return text("done");
    };
    const headers = era === "2026-07-28" ? (modern as Record<string, string>) : await aSession(mount, {});
    const stream = await readEvents(mount.fetch, mount.url, { method: "POST", headers, body: call({ ...meta, progressToken }) });
    await stream.ended;
    late();
    expect(stream.messages.map(({ params, result }) => params ?? (result ? "the answer" : "?"))).toEqual([
      { progressToken, progress: 1, message: "at 1" },
      { progressToken, progress: 2, message: "at 2" },
      "the answer",
    ]);
  });

  test("events without data are for those who know them", async () => {
    conduct = async (peer) => {
      peer.notify({ method: "notifications/progress", params: { progress: 1 } });
      return text("done");
    };
    const body = call({ progressToken: 1 });
    const streamOf = async (version: string) => (await mount.send({ headers: await aSession(mount, {}, version), body })).text;
    expect(await streamOf("2025-11-25")).toMatch(/^id: \S+\nretry: \d+\ndata: \n\n/);
    for (const version of ["2025-06-18", "2025-03-26"]) expect(await streamOf(version)).toMatch(/^event: message\nid: \S+\ndata: {/);
  });

  test("a question that its server takes back is taken back at the client", async () => {
    const asking = new AbortController();
    conduct = async (peer) =>
      text(JSON.stringify(await peer.ask({ method: "elicitation/create", params: { message: "?", requestedSchema: {} } }, asking.signal)));
    const stream = await readEvents(mount.fetch, mount.url, { method: "POST", headers: await aSession(mount, { elicitation: {} }), body: call() });
    await eventually(() => expect(stream.messages).toHaveLength(1));
    asking.abort();
    await stream.ended;
    const [asked, cancelled, answer] = stream.messages;
    expect(cancelled).toEqual({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: asked?.id } });
    expect(JSON.stringify(answer)).toContain("withdrawn");
  });

  const link = { mode: "url", elicitationId: "e1", url: "https://accounts.test/in", message: "Sign in" };
  const shown = { ...link, message: `${live.server.name}: Sign in` };
  const needs =
    (...elicitations: object[]) =>
    async (): Promise<UpstreamReply> => ({ kind: "error", bytes: 1, error: { code: -32042, message: "open this", data: { elicitations } } });

  test("a link that has to be opened first reaches each client in the way it knows", async () => {
    conduct = needs(link, { ...link, url: "javascript:alert(1)" }, { ...link, url: "http://accounts.test/in" });
    const old = await mount.send({ headers: await aSession(mount, { elicitation: { url: {} } }), body: call() });
    expect(old.json.error).toEqual({ code: -32042, message: "open this", data: { elicitations: [shown] } });
    const asText = { isError: true, content: [{ text: `Open this link first, then call the tool again.\n${shown.message} ${link.url}` }] };
    expect((await mount.send({ headers: await aSession(mount, { elicitation: {} }), body: call() })).json.result).toMatchObject(asText);
    expect((await modernCall(mount, { elicitation: {} })).json.result).toMatchObject(asText);
    expect((await modernCall(mount, {})).json.result).toMatchObject(asText);

    const capabilities = { elicitation: { url: {} } };
    const recent = (await modernCall(mount, capabilities)).json.result;
    expect(recent).toMatchObject({ resultType: "input_required", inputRequests: { link_1: { method: "elicitation/create", params: shown } } });
    conduct = async (_peer, params) => text(JSON.stringify(params));
    const again = await modernCall(mount, capabilities, { requestState: recent?.requestState, inputResponses: { link_1: { action: "accept" } } });
    expect(again.json.result).toMatchObject({ content: [{ text: '{"name":"echo","arguments":{}}' }] });
  });

  test("a link that is not safe to show reaches nobody", async () => {
    for (const url of ["javascript:alert(1)", "http://accounts.test/in", "https://user:pass@accounts.test/", 7]) {
      conduct = needs({ ...link, url });
      const answers = [
        await mount.send({ headers: await aSession(mount, { elicitation: { url: {} } }), body: call() }),
        await modernCall(mount, { elicitation: { url: {} } }),
      ];
      for (const { json } of answers) expect(json.error).toEqual({ code: -32603, message: `${live.server.name} wants a link opened that is not safe to show` });
      conduct = async (peer) => text(JSON.stringify(await peer.ask({ method: "elicitation/create", params: { ...link, url } }, new AbortController().signal)));
      const asked = [
        await mount.send({ headers: await aSession(mount, { elicitation: { url: {} } }), body: call() }),
        await modernCall(mount, { elicitation: { url: {} } }),
      ];
      for (const { json } of asked) expect(JSON.stringify(json.result)).toMatch(/cannot answer|does not pass this on/);
    }
  });
});

test.each<UpstreamKind>(["old", "new", "2024 SSE"])("questions of a server (%s) reach only the client whose call they belong to", async (kind) => {
  const features = await startFeatureUpstream(kind);
  const portal = await aFeaturePortal(db, features.url);
  const [mount] = await mountsOf(portal);
  const url = String(mount?.url);
  const bob = await aGrant(db, portal.portal, (await aPerson(db)).id, portal.resource);
  const who = (["old", "new"] as const).flatMap((client) =>
    [portal.token, portal.token, bob.token].map((token, i) => ({ client, token, owner: `${client}${i}` })),
  );
  const peers = await Promise.all(who.map(({ client, token, owner }) => connectPeer(client, { url, token, owner })));
  const answers = await Promise.all(peers.flatMap((peer) => [peer.call("ask", { for: "roots" }), peer.call("ask", { for: "roots" })]));
  expect(answers.map((answer) => JSON.parse(answer.text).roots[0].uri)).toEqual(who.flatMap(({ owner }) => [`file:///home/${owner}`, `file:///home/${owner}`]));
  for (const peer of peers) expect(peer.asked).toHaveLength(2);
  await Promise.all(peers.map((peer) => peer.close()));
  await features.stop();
});
