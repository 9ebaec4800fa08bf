import { expect, test } from "vitest";
import { endParty } from "@/lib/mcp/upstream";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { aFeaturePortal, exposedUri, freshEndpoint } from "@/tests/support/features/feature-portal";
import { startFeatureUpstream, type UpstreamKind } from "@/tests/support/features/feature-upstream";
import { aMovableMount } from "@/tests/support/features/movable-mount";
import { connectPeer } from "@/tests/support/features/peers";

const db = await testDatabase();

test.each<UpstreamKind>(["old", "new", "2024 SSE"])(
  "an old client goes on with its session, log level and subscriptions after a restart (%s server)",
  async (kind) => {
    const upstream = await startFeatureUpstream(kind);
    const live = await aFeaturePortal(db, upstream.url);
    const mount = await aMovableMount(live.endpoint, live.path);
    const peer = await connectPeer("old", { url: mount.url, token: live.token });
    await peer.call("log", {}, { logLevel: "error" });
    await peer.watch(exposedUri);
    await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 1));

    const next = freshEndpoint(db);
    mount.replaceBy(next);
    live.endpoint.quiet();
    endParty(live.org.id, "session ");
    peer.heard.length = 0;
    // The client comes back by itself with the id of the last event it saw, which the new process does not know.
    await eventually(() => expect(next.ports.streams).toHaveProperty("size", 1), 10_000);
    await peer.call("log");
    await eventually(() => expect(peer.heardOf("notifications/message")).toMatchObject([{ level: "error" }]), 5_000);
    // The new process may still be on its way to the server, and says nothing to the client before it has arrived.
    await eventually(() => {
      upstream.world.announce.updated("note://watched");
      expect(peer.heardOf("notifications/resources/updated")).toContainEqual({ uri: exposedUri });
    }, 5_000);
    expect((await peer.call("ask", { for: "form" })).text).toContain("Ada");
    expect((await peer.call("echo", { message: "still here" })).text).toBe("Echo: still here");
    await peer.close();
    await upstream.stop();
  },
);
