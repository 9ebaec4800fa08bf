import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { aFeaturePortal, exposedUri } from "@/tests/support/features/feature-portal";
import { watchedUri } from "@/tests/support/features/feature-server";
import { startFeatureUpstream, type UpstreamKind } from "@/tests/support/features/feature-upstream";
import { type ClientKind, connectPeer, everything, type Peer } from "@/tests/support/features/peers";
import { mountsOf } from "./harness";

const db = await testDatabase();

async function aCell(kind: UpstreamKind) {
  const upstream = await startFeatureUpstream(kind);
  const live = await aFeaturePortal(db, upstream.url);
  const mounts = (await mountsOf(live)).map(({ name, url, fetch }) => ({ name, where: { url, fetch, token: live.token } }));
  return { server: kind, upstream, mounts, name: live.server.slug };
}

const servers = await Promise.all((["old", "new", "2024 SSE"] as const).map(aCell));
afterAll(() => Promise.all(servers.map(({ upstream }) => upstream.stop())));
const cells = servers.flatMap(({ mounts, ...cell }) =>
  mounts.flatMap(({ name: mount, where }) => (["old", "new"] as const).map((client: ClientKind) => ({ client, mount, where, ...cell }))),
);

/** Does it with a client of its own, which is closed afterwards. */
async function withPeer<T>({ client, where }: (typeof cells)[number], work: (peer: Peer) => Promise<T>, capabilities?: Record<string, unknown>): Promise<T> {
  const peer = await connectPeer(client, where, capabilities);
  try {
    return await work(peer);
  } finally {
    await peer.close();
  }
}

describe.each(cells)("$client client, $server server, $mount", (cell) => {
  const { client, server, upstream, name } = cell;
  const { world } = upstream;
  const eventsOf = async (work: () => Promise<unknown>) => {
    const before = world.events.length;
    await work();
    return world.events.slice(before);
  };

  test("tools, prompts, resources and templates are listed and answer", () =>
    withPeer(cell, async (peer) => {
      expect(await peer.list()).toEqual({
        tools: ["echo", "count", "log", "hang", "ask", "touch", "spare"],
        prompts: ["greet"],
        resources: [exposedUri],
        templates: ["note://item/{id}"],
      });
      expect(await eventsOf(async () => expect((await peer.call("echo", { message: "hi" })).text).toBe("Echo: hi"))).toEqual(["echo hi"]);
      expect(await peer.prompt("greet", { who: "ada" })).toBe("Greet ada");
      expect(await peer.read(exposedUri)).toBe(`content of ${watchedUri}`);
      expect(upstream.seen("resources/read").at(-1)?.params.uri).toBe(watchedUri);
      expect(await peer.read("note://item/7")).toBe("item 7");
    }));

  test("completion works for prompts and templates", () =>
    withPeer(cell, async (peer) => {
      expect(await peer.complete({ ref: { type: "ref/prompt", name: "greet" }, argument: { name: "who", value: "a" } })).toEqual(["ada", "alan"]);
      expect(await peer.complete({ ref: { type: "ref/resource", uri: "note://item/{id}" }, argument: { name: "id", value: "on" } })).toEqual(["one", "onto"]);
      expect(upstream.seen("completion/complete").at(-1)?.params).toMatchObject({ argument: { name: "id", value: "on" } });
    }));

  test("progress arrives under the client's token, in order, and not without one", () =>
    withPeer(cell, async (peer) => {
      const seen: unknown[] = [];
      expect(await eventsOf(() => peer.call("count", {}, { onProgress: (progress) => seen.push(progress) }))).toEqual(["count with a token"]);
      expect(seen).toEqual([1, 2, 3].map((progress) => ({ progress, total: 3 })));
      expect(await eventsOf(() => peer.call("count"))).toEqual(["count without a token"]);
      expect(seen).toHaveLength(3);
      expect(peer.heardOf("notifications/progress")).toEqual([]);
    }));

  test("log messages come at the level that was asked for, and none where none was", () =>
    withPeer(cell, async (peer) => {
      await peer.call("log");
      expect(peer.heardOf("notifications/message")).toEqual([]);
      await peer.call("log", {}, { logLevel: "warning" });
      const lines = ["warning", "error"].map((level) => ({ level, logger: `${name}/worker`, data: `a line of ${level}` }));
      await eventually(() => expect(peer.heardOf("notifications/message")).toMatchObject(lines));
    }));

  test("a cancelled call is cancelled at the server within two seconds", () =>
    withPeer(cell, async (peer) => {
      const before = world.events.length;
      const controller = new AbortController();
      const call = peer.call("hang", {}, { signal: controller.signal });
      call.catch(() => {});
      await eventually(() => expect(world.events.slice(before)).toEqual(["hang began"]), 5_000);
      controller.abort();
      await expect(call).rejects.toThrow();
      await eventually(() => expect(world.events.slice(before)).toEqual(["hang began", "hang cancelled"]), 2_000);
      expect((await peer.call("echo", { message: "after" })).text).toBe("Echo: after");
    }));

  test.each([
    ["sampling", "sampling/createMessage", { maxTokens: 50 }, '{"result":{"role":"assistant","model":"m","content":{"type":"text","text":"Paris"}}}'],
    ["form", "elicitation/create", { message: `${name}: Your name?` }, '{"action":"accept","content":{"name":"Ada"}}'],
    ["url", "elicitation/create", { mode: "url", message: `${name}: Sign in there`, url: "https://accounts.test/consent" }, '{"action":"accept"}'],
    ["roots", "roots/list", {}, '{"roots":[{"uri":"file:///home/ada","name":"home"}]}'],
  ])("a server's question for %s reaches the client, and its answer the server", (kind, method, params, answer) =>
    withPeer(cell, async (peer) => {
      const events = await eventsOf(async () => expect(JSON.parse((await peer.call("ask", { for: kind })).text)).toMatchObject(JSON.parse(answer)));
      expect(peer.asked).toMatchObject([{ method, params }]);
      // Only an old client can say that its roots changed, and only to an old server.
      expect(world.declared.at(-1)).toEqual({ ...everything, roots: peer.kind === "old" && server !== "new" ? { listChanged: true } : {} });
      expect(events.map((event) => JSON.parse(event.slice(event.indexOf(":") + 1)))).toMatchObject([JSON.parse(answer)]);
    }),
  );

  test.each(["sampling", "form", "url", "roots"])("a client that declared nothing is never asked for %s, nor is the server told that it could be", (kind) =>
    withPeer(
      cell,
      async (peer) => {
        const before = world.declared.length;
        const events = await eventsOf(async () => {
          const outcome = await peer.call("ask", { for: kind }).then(
            ({ isError }) => (isError ? "refused" : "answered"),
            () => "refused",
          );
          expect(outcome).toBe("refused");
        });
        expect(events).toEqual([]);
        expect(peer.asked).toEqual([]);
        expect(world.declared.slice(before)).toEqual([{}]);
      },
      {},
    ),
  );

  test("a subscribed resource's updates arrive under the portal's URI", () =>
    withPeer(cell, async (peer) => {
      await peer.watch(exposedUri);
      if (server === "new")
        expect(upstream.seen("subscriptions/listen").at(-1)?.params).toMatchObject({ notifications: { resourceSubscriptions: [watchedUri] } });
      else expect([...world.subscribed]).toContain(watchedUri);
      await peer.call("touch");
      await eventually(() => expect(peer.heardOf("notifications/resources/updated")).toMatchObject([{ uri: exposedUri }]), 5_000);
      expect(client).toBe(peer.kind);
    }));
});
