import type { Stop } from "@/lib/stop";
import { describe, expect, test } from "vitest";
import { limits } from "@/lib/limits";
import type { Peer } from "@/lib/mcp/upstream-types";
import { setToggle } from "@/lib/portals/commands";
import { portalResource } from "@/lib/oauth/urls";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { readEvents } from "@/tests/support/event-reader";
import { aGrant, aPerson, aPolicy, aPortal, attachToPortal, contextOf } from "@/tests/support/factories";
import { freshEndpoint } from "@/tests/support/features/feature-portal";
import { anEchoPortal, fakeUpstream, legacyHeaders, type Mount, message, mountsOf } from "./harness";

const db = await testDatabase();

// What the upstream of the next call does with the client it may talk to.
let conduct: (peer: Peer) => Promise<string> = async () => "";
const upstream = fakeUpstream(async ({ peer }) => {
  const text = peer ? await conduct(peer) : "";
  return { kind: "result", bytes: 1, result: { content: [{ type: "text", text }] } };
});
const live = await anEchoPortal(db, { send: upstream.send });
const mounts = await mountsOf(live);
const accept = "application/json, text/event-stream";
const start = message("initialize", { protocolVersion: "2025-11-25", capabilities: { elicitation: {} }, clientInfo: { name: "t", version: "1" } });

async function begin({ send }: Pick<Mount, "send">, token = live.token): Promise<Record<string, string>> {
  const got = await send({ headers: { ...legacyHeaders(token), "mcp-protocol-version": undefined }, body: start });
  return { ...legacyHeaders(token), "mcp-session-id": String(got.headers.get("mcp-session-id")) };
}

const list = message("tools/list");
const call = (id: unknown = 1, more = {}) => message("tools/call", { name: "echo", arguments: {}, ...more }, id);
const question = { method: "elicitation/create", params: { message: "Go on?", requestedSchema: { type: "object", properties: {} } } };
const never = new AbortController().signal;

describe.each(mounts)("a session on $name", (mount) => {
  const { send, url } = mount;

  test("is its own client's alone: invented, foreign and ended ones are 404 for every method", async () => {
    const mine = await begin(mount);
    expect((await send({ headers: mine, body: list })).status).toBe(200);
    const somebody = await aPerson(db);
    const [foreign, otherApp] = await Promise.all([
      aGrant(db, live.portal, somebody.id, live.resource),
      aGrant(db, live.portal, live.person.id, live.resource),
    ]);
    const sister = await aPortal(db, live.org.id);
    await attachToPortal(db, live.org.id, sister.id, (await aPolicy(db, live.org.id, [{ kind: "everyone" }])).id);
    const there = await aGrant(db, sister, live.person.id, portalResource(live.org.slug, sister.slug));
    const [elsewhere] = await mountsOf({ ...live, portal: sister, path: `/mcp/${live.org.slug}/${sister.slug}` });
    const gone = await begin(mount);
    expect((await send({ method: "DELETE", headers: gone })).status).toBe(204);
    const session = { "mcp-session-id": String(mine["mcp-session-id"]) };
    const cases: [string, Mount, Record<string, string>][] = [
      ["invented", mount, { ...mine, "mcp-session-id": `ghm_${"x".repeat(43)}` }],
      ["malformed", mount, { ...mine, "mcp-session-id": "a b" }],
      ["another person's", mount, { ...legacyHeaders(foreign.token), ...session }],
      ["of another app of the same person", mount, { ...legacyHeaders(otherApp.token), ...session }],
      ["of another portal", elsewhere as Mount, { ...legacyHeaders(there.token), ...session }],
      ["ended", mount, gone],
    ];
    for (const [name, where, headers] of cases) {
      for (const [method, body] of [
        ["POST", list],
        ["POST", call()],
        ["POST", '{"jsonrpc":"2.0","method":"notifications/initialized"}'],
        ["GET", undefined],
        ["DELETE", undefined],
      ] as const) {
        expect([name, method, (await where.send({ method, headers, body })).status]).toEqual([name, method, 404]);
      }
    }
    expect((await send({ headers: mine, body: list })).status).toBe(200);
  });

  test("has one stream of its own at a time, and takes another once that is gone", async () => {
    const headers = await begin(mount);
    expect((await send({ method: "GET", headers: { ...headers, accept: "application/json" } })).status).toBe(406);
    const first = await readEvents(mount.fetch, url, { headers });
    expect([first.status, first.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect((await send({ method: "GET", headers })).status).toBe(409);
    first.cut();
    await eventually(async () => {
      const again = await readEvents(mount.fetch, url, { headers });
      again.cut();
      expect(again.status).toBe(200);
    });
  });

  test("gives a client that lost its answer's stream what it missed, and for an unknown event id what comes from now on", async () => {
    const headers = await begin(mount);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    conduct = async (peer) => {
      peer.notify({ method: "notifications/progress", params: { progress: 1 } });
      await held;
      peer.notify({ method: "notifications/progress", params: { progress: 2 } });
      return "done";
    };
    const body = call(7, { _meta: { progressToken: "p" } });
    const first = await readEvents(mount.fetch, url, { method: "POST", headers, body });
    await eventually(() => expect(first.messages).toMatchObject([{ params: { progress: 1, progressToken: "p" } }]));
    const missed = String(first.lastEventId());
    first.cut();
    await first.ended;
    release();
    const resumed = await readEvents(mount.fetch, url, { headers: { ...headers, accept, "last-event-id": missed } });
    await resumed.ended;
    expect(resumed.messages).toMatchObject([{ params: { progress: 2 } }, { id: 7, result: { content: [{ text: "done" }] } }]);
    const again = await readEvents(mount.fetch, url, { headers: { ...headers, "last-event-id": missed } });
    await again.ended;
    expect(again.messages).toEqual(resumed.messages);
    const fromNow = await readEvents(mount.fetch, url, { headers: { ...headers, "last-event-id": "of-another-process" } });
    expect(fromNow.status).toBe(200);
    expect((await send({ method: "GET", headers })).status).toBe(409);
    expect(fromNow.messages).toEqual([]);
    fromNow.cut();
  });

  test("keeps for a client whose stream broke what it was not told meanwhile", async () => {
    const headers = await begin(mount);
    const first = await readEvents(mount.fetch, url, { headers });
    await eventually(() => expect(first.lastEventId()).not.toBeNull());
    first.cut();
    await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 0));
    const toggle = (enabled: boolean) =>
      setToggle(contextOf(db, live.org, live.person, "owner"), { portalId: live.portal.id, capabilityId: live.tool.id, enabled });
    await toggle(false);
    const resumed = await readEvents(mount.fetch, url, { headers: { ...headers, "last-event-id": String(first.lastEventId()) } });
    await eventually(() => expect(resumed.messages).toMatchObject([{ method: "notifications/tools/list_changed" }]));
    resumed.cut();
    await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 0));
    await toggle(true);
    await toggle(false);
    const again = await readEvents(mount.fetch, url, { headers });
    await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 1));
    await toggle(true);
    await eventually(() => expect(again.messages).toMatchObject([{ method: "notifications/tools/list_changed" }]), 5_000);
    again.cut();
  });

  test("an event id of another process names nothing here, least of all another call's stream", async () => {
    const headers = await begin(mount);
    conduct = async (peer) => {
      peer.notify({ method: "notifications/progress", params: { progress: 1 } });
      return "first";
    };
    const body = call(1, { _meta: { progressToken: "p" } });
    const before = await readEvents(mount.fetch, url, { method: "POST", headers, body });
    await before.ended;
    const there = (await mountsOf({ ...live, endpoint: freshEndpoint(db, { send: upstream.send }) })).find(({ name }) => name === mount.name) ?? mount;
    conduct = async (peer) => JSON.stringify(await peer.ask(question, never));
    const running = await readEvents(there.fetch, there.url, { method: "POST", headers, body });
    await eventually(() => expect(running.messages).toMatchObject([{ method: "elicitation/create" }]));
    const stranger = await readEvents(there.fetch, there.url, { headers: { ...headers, "last-event-id": String(before.lastEventId()) } });
    await there.send({ headers, body: JSON.stringify({ jsonrpc: "2.0", id: running.messages[0]?.id, result: { action: "accept" } }) });
    await running.ended;
    expect(running.messages).toMatchObject([{}, { id: 1, result: {} }]);
    expect(stranger.messages).toEqual([]);
    stranger.cut();
  });

  test("an answer posted in another session answers nothing there", async () => {
    conduct = async (peer) => JSON.stringify(await peer.ask(question, never));
    const [mine, other] = [await begin(mount), await begin(mount)];
    const [asked, alsoAsked] = await Promise.all([mine, other].map((headers) => readEvents(mount.fetch, url, { method: "POST", headers, body: call() })));
    await eventually(() => expect([asked, alsoAsked].map((each) => each?.messages[0]?.method)).toEqual(["elicitation/create", "elicitation/create"]));
    const [id, otherId] = [asked?.messages[0]?.id, alsoAsked?.messages[0]?.id];
    expect(id).not.toBe(otherId);
    const answer = (headers: Record<string, string>, who: string, to = id) =>
      send({ headers, body: JSON.stringify({ jsonrpc: "2.0", id: to, result: { action: "accept", content: { who } } }) });
    expect((await answer(other, "other")).status).toBe(202);
    // Without a session nothing can be answered at all.
    expect((await answer(legacyHeaders(live.token), "nobody")).status).toBe(202);
    expect((await answer(other, "mine too", otherId)).status).toBe(202);
    await alsoAsked?.ended;
    expect(JSON.stringify(alsoAsked?.messages.at(-1))).toContain("mine too");
    expect(asked?.messages).toHaveLength(1);
    expect((await answer(mine, "mine")).status).toBe(202);
    await asked?.ended;
    expect(JSON.stringify(asked?.messages.at(-1))).toMatch(/mine/);
  });

  test("its call is cancelled from within it only, and goes on when its stream is merely lost", async () => {
    const [mine, other] = [await begin(mount), await begin(mount)];
    const running: Stop[] = [];
    const inner = fakeUpstream(async ({ signal }) => {
      if (signal) running.push(signal);
      await new Promise((resolve) => signal?.addEventListener("abort", () => resolve(null)));
      return { kind: "result", bytes: 1, result: { content: [] } };
    });
    const others = await mountsOf({ ...live, endpoint: { ...live.endpoint, ports: { ...live.endpoint.ports, send: inner.send } } });
    const own = others.find(({ name }) => name === mount.name) ?? mount;
    const controller = new AbortController();
    const lost = own.fetch(own.url, { method: "POST", headers: mine, body: call("c"), signal: controller.signal }).catch(() => {});
    await eventually(() => expect(running).toHaveLength(1));
    controller.abort();
    await lost;
    const cancel = (headers: Record<string, string>) =>
      own.send({ headers, body: '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"c"}}' });
    expect((await cancel(other)).status).toBe(202);
    expect((await cancel(legacyHeaders(live.token))).status).toBe(202);
    expect(running[0]?.aborted).toBe(false);
    expect((await cancel(mine)).status).toBe(202);
    await eventually(() => expect(running[0]?.aborted).toBe(true));
  });
});

test("a session that makes room is over at once: its stream ends, and its servers are told", async () => {
  const ended: string[] = [];
  const { token, ...lively } = await anEchoPortal(db, { send: upstream.send, endParty: (_, party) => void ended.push(party) });
  const [mount] = await mountsOf({ token, ...lively });
  const oldest = await begin(mount as Mount, token);
  const stream = await readEvents(fetch, mount?.url ?? "", { headers: oldest });
  expect(stream.status).toBe(200);
  for (let i = 1; i < limits.mcpSessionsPerGrant; i++) await begin(mount as Mount, token);
  expect(ended).toEqual([]);
  await begin(mount as Mount, token);
  await stream.ended;
  expect(ended).toEqual([expect.stringMatching(/^session mcs_/)]);
});

test("a grant has so many sessions, and the longest unused one makes room", async () => {
  const { token } = await aGrant(db, live.portal, live.person.id, live.resource);
  const [mount] = mounts;
  const [oldest, second] = [await begin(mount as Mount, token), await begin(mount as Mount, token)];
  for (let i = 2; i <= limits.mcpSessionsPerGrant; i++) await begin(mount as Mount, token);
  const [restarted] = await mountsOf({ ...live, endpoint: freshEndpoint(db) });
  expect((await restarted?.send({ headers: oldest, body: list }))?.status).toBe(404);
  expect((await restarted?.send({ headers: second, body: list }))?.status).toBe(200);
});
