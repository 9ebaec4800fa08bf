import { describe, expect, test } from "vitest";
import type { Watch } from "@/lib/mcp/upstream-types";
import { limits } from "@/lib/limits";
import { setToggle } from "@/lib/portals/commands";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { readEvents } from "@/tests/support/event-reader";
import { aCapability, anAssignment, aServer, contextOf } from "@/tests/support/factories";
import { SubscriptionRefused } from "@/lib/mcp/upstream/failures";
import { anEchoPortal, legacyHeaders, message, modernHeaders, modernMessage, type Mount, mountsOf } from "./harness";

const db = await testDatabase();

/** What is listened to now, by server; one whose name says so refuses. */
const watches = new Set<Watch>();
let refusing = "";
const watching = () => [...watches].flatMap(({ resources }) => resources).sort();
const update = (uri: string) => {
  for (const watch of watches) if (watch.resources.includes(uri)) watch.on({ method: "notifications/resources/updated", params: { uri } });
};

async function aPortalWithResources() {
  const live = await anEchoPortal(db, {
    listen(target, watch) {
      if (watch.lists) return { ready: Promise.resolve() };
      if (target.serverId === refusing) return { ready: Promise.reject(new SubscriptionRefused({ code: -32602, message: "no" })) };
      watches.add(watch);
      watch.signal.addEventListener("abort", () => watches.delete(watch));
      return { ready: Promise.resolve() };
    },
  });
  const declared = { serverCapabilities: { resources: { subscribe: true } } };
  const [one, other] = [await aServer(db, live.org.id, declared), await aServer(db, live.org.id, declared)];
  const [a, b, c, template] = await Promise.all([
    aCapability(db, live.org.id, one.id, "resource", "file:///a"),
    aCapability(db, live.org.id, one.id, "resource", "file:///b"),
    aCapability(db, live.org.id, other.id, "resource", "file:///c"),
    aCapability(db, live.org.id, one.id, "template", "file:///day/{day}"),
  ]);
  await anAssignment(db, live.org.id, live.portal.id, one.id, [a, b, template], { position: 1 });
  await anAssignment(db, live.org.id, live.portal.id, other.id, [c], { position: 2 });
  const toggle = (capabilityId: string, enabled: boolean) =>
    setToggle(contextOf(db, live.org, live.person, "owner"), { portalId: live.portal.id, capabilityId, enabled });
  return { live, other, b, toggle, mounts: await mountsOf(live) };
}

async function aSession(mount: Mount, token: string) {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const begun = await mount.send({ headers: { ...legacyHeaders(token), "mcp-protocol-version": undefined }, body: message("initialize", params) });
  const headers = { ...legacyHeaders(token), "mcp-session-id": String(begun.headers.get("mcp-session-id")) };
  const stream = await readEvents(mount.fetch, mount.url, { headers });
  const ask = async (method: string, uri: string) => (await mount.send({ headers, body: message(method, { uri }) })).json.error?.code ?? "ok";
  return { headers, stream, subscribe: (uri: string) => ask("resources/subscribe", uri), unsubscribe: (uri: string) => ask("resources/unsubscribe", uri) };
}

const listen = (mount: Mount, token: string, uris: string[]) => {
  const headers = Object.fromEntries(Object.entries(modernHeaders(token, "subscriptions/listen")).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  return readEvents(mount.fetch, mount.url, {
    method: "POST",
    headers,
    body: modernMessage("subscriptions/listen", { notifications: { resourceSubscriptions: uris } }, "s"),
  });
};
const updates = ({ messages }: { messages: Record<string, unknown>[] }) =>
  messages.filter(({ method }) => method === "notifications/resources/updated").map(({ params }) => (params as { uri: string }).uri);
const portal = await aPortalWithResources();

describe.each(portal.mounts)("subscriptions on $name", (mount) => {
  const { live, other, b, toggle } = portal;
  const { token } = live;

  test("of a session are watched, come one by one, and end one by one", async () => {
    const session = await aSession(mount, token);
    for (const uri of ["file:///a", "file:///c", "file:///day/7", "file:///a"]) expect(await session.subscribe(uri)).toBe("ok");
    expect(watching()).toEqual(["file:///a", "file:///c", "file:///day/7"]);
    for (const uri of ["file:///a", "file:///b", "file:///c", "file:///day/7"]) update(uri);
    await eventually(() => expect(updates(session.stream)).toEqual(["file:///a", "file:///c", "file:///day/7"]));
    expect(await session.unsubscribe("file:///a")).toBe("ok");
    expect(watching()).toEqual(["file:///c", "file:///day/7"]);
    expect((await mount.send({ method: "DELETE", headers: session.headers })).status).toBe(204);
    await session.stream.ended;
    expect(watching()).toEqual([]);
  });

  test("that a server refuses are answered with an error, and take nothing else with them", async () => {
    const session = await aSession(mount, token);
    expect(await session.subscribe("file:///a")).toBe("ok");
    refusing = other.id;
    for (let attempt = 0; attempt < 2; attempt++) expect(await session.subscribe("file:///c")).toBe(-32603);
    const stream = await listen(mount, token, ["file:///c", "file:///a"]);
    await eventually(() => expect(stream.messages).toMatchObject([{ params: { notifications: { resourceSubscriptions: ["file:///a"] } } }]));
    refusing = "";
    expect(watching()).toEqual(["file:///a", "file:///a"]);
    expect(await session.subscribe("file:///c")).toBe("ok");
    expect(watching()).toContain("file:///c");
    stream.cut();
    await mount.send({ method: "DELETE", headers: session.headers });
    await eventually(() => expect(watching()).toEqual([]));
  });

  test("of the new era are acknowledged as far as they are served, and carry the id of their request", async () => {
    const stream = await listen(mount, token, ["file:///a", "file:///nope", "file:///c"]);
    await eventually(() => expect(stream.messages).toHaveLength(1));
    update("file:///c");
    const _meta = { "io.modelcontextprotocol/subscriptionId": "s" };
    await eventually(() =>
      expect(stream.messages).toEqual([
        {
          jsonrpc: "2.0",
          method: "notifications/subscriptions/acknowledged",
          params: { notifications: { resourceSubscriptions: ["file:///a", "file:///c"] }, _meta },
        },
        { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: "file:///c", _meta } },
      ]),
    );
    stream.cut();
    await eventually(() => expect(watching()).toEqual([]));
    const none = await listen(mount, token, ["file:///nope"]);
    await none.ended;
    expect(none.messages).toMatchObject([{ params: { notifications: {} } }, { id: "s", result: { resultType: "complete", _meta } }]);
  });

  test("end with the right to read, and come back with it", async () => {
    const session = await aSession(mount, token);
    expect(await session.subscribe("file:///b")).toBe("ok");
    const stream = await listen(mount, token, ["file:///b"]);
    await eventually(() => expect(watching()).toEqual(["file:///b", "file:///b"]));
    await toggle(b.id, false);
    await eventually(() => expect(watching()).toEqual([]), 5_000);
    expect(await session.subscribe("file:///b")).toBe(-32002);
    await toggle(b.id, true);
    await eventually(() => expect(watching()).toEqual(["file:///b", "file:///b"]), 5_000);
    update("file:///b");
    await eventually(() => expect([updates(session.stream), updates(stream)]).toEqual([["file:///b"], ["file:///b"]]));
    stream.cut();
    await mount.send({ method: "DELETE", headers: session.headers });
    await eventually(() => expect(watching()).toEqual([]));
  });

  test("are bounded, and so are the streams of one person", async () => {
    const many = Array.from({ length: limits.subscriptionsPerStream + 1 }, (_, i) => `file:///day/${i}`);
    const refused = await listen(mount, token, many);
    expect(refused.status).toBe(200);
    const got = await mount.send({
      headers: modernHeaders(token, "subscriptions/listen"),
      body: modernMessage("subscriptions/listen", { notifications: { resourceSubscriptions: many } }),
    });
    expect(got.json.error?.code).toBe(-32602);
    const streams = await Promise.all(Array.from({ length: limits.streamsPerPerson + 1 }, () => listen(mount, token, ["file:///a"])));
    expect(
      streams
        .map(({ status }) => status)
        .sort()
        .slice(-2),
    ).toEqual([200, 429]);
    expect(streams.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("30");
    for (const stream of streams) stream.cut();
    await eventually(() => expect(watching()).toEqual([]));
  });
});
