import { and, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { toggles } from "@/drizzle/schema";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { aFeaturePortal } from "@/tests/support/features/feature-portal";
import { startFeatureUpstream, type UpstreamKind } from "@/tests/support/features/feature-upstream";
import { connectPeer } from "@/tests/support/features/peers";
import { mountsOf } from "./harness";

const db = await testDatabase();
const toolsChanged = "notifications/tools/list_changed";
const promptsChanged = "notifications/prompts/list_changed";

test.each<UpstreamKind>(["old", "new", "2024 SSE"])(
  "a changed list that a server of the kind `%s` announces is read anew, and clients of both eras hear of it once",
  async (kind) => {
    const upstream = await startFeatureUpstream(kind);
    const live = await aFeaturePortal(db, upstream.url);
    const [mount] = await mountsOf(live);
    const where = { url: String(mount?.url), token: live.token };
    const peers = await Promise.all((["old", "new"] as const).map((client) => connectPeer(client, where)));
    await Promise.all(peers.map((peer) => peer.watch()));
    for (const peer of peers) expect((await peer.list()).tools).toContain("spare");
    // The 2025 eras open their stream in the background.
    await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 2));

    upstream.world.hasSpare = false;
    upstream.world.announce.toolsChanged();
    for (const peer of peers) {
      await eventually(() => expect(peer.heardOf(toolsChanged)).toHaveLength(1), 10_000);
      expect((await peer.list()).tools).not.toContain("spare");
    }

    // A second change, which both hear of, comes after whatever the first one could still cause.
    await db
      .update(toggles)
      .set({ enabled: false })
      .where(and(eq(toggles.portalId, live.portal.id), eq(toggles.kind, "prompt")));
    await bumpAccessVersion(db, live.org.id);
    for (const peer of peers) {
      await eventually(() => expect(peer.heardOf(promptsChanged)).toHaveLength(1), 5_000);
      expect(peer.heardOf(toolsChanged)).toHaveLength(1);
    }
    await Promise.all(peers.map((peer) => peer.close()));
    await upstream.stop();
  },
);
