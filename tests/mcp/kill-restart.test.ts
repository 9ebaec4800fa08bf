import { afterAll, expect, test } from "vitest";
import { grants, servers } from "@/drizzle/schema";
import { migrate } from "@/lib/db/migrate";
import { openPglite } from "@/lib/db/open";
import { eventually } from "@/tests/support/eventually";
import { aFeaturePortal, exposedUri } from "@/tests/support/features/feature-portal";
import { startFeatureUpstream } from "@/tests/support/features/feature-upstream";
import { connectPeer } from "@/tests/support/features/peers";
import { aDataDir, type Gatehouse, startGatehouse } from "./process";

const data = aDataDir();
let running: Gatehouse | undefined;
afterAll(() => {
  running?.signal("SIGKILL");
  data.remove();
});

// It opens an embedded database on disk, and starts two processes on it.
test("after kill -9 an old client goes on with its session, its log level and its subscriptions", { timeout: 120_000 }, async () => {
  const upstream = await startFeatureUpstream("old");
  const port = 20_000 + ((process.pid + 7) % 20_000);
  const publicUrl = `http://localhost:${port}`;
  const opened = await openPglite(`${data.path}/db`, { lockDir: data.path });
  await migrate(opened.db);
  const live = await aFeaturePortal(opened.db, upstream.url);
  await opened.db.update(grants).set({ resource: `${publicUrl}${live.path}` });
  await opened.db.update(servers).set({ nextSyncAt: new Date(Date.now() + 3_600_000) });
  await live.endpoint.flush();
  await opened.close();

  const settings = { DATA_DIR: data.path, PORT: String(port) };
  running = await startGatehouse(settings);
  const peer = await connectPeer("old", { url: `${publicUrl}${live.path}`, token: live.token });
  await peer.call("log", {}, { logLevel: "error" });
  await peer.watch(exposedUri);
  const cut = peer.call("hang");
  cut.catch(() => {});
  await eventually(() => expect(upstream.world.events).toContain("hang began"), 5_000);
  running.signal("SIGKILL");
  await running.ended;
  running = await startGatehouse(settings);
  peer.heard.length = 0;

  expect((await peer.call("echo", { message: "still here" })).text).toBe("Echo: still here");
  await peer.call("log");
  await eventually(() => expect(peer.heardOf("notifications/message")).toMatchObject([{ level: "error" }]), 10_000);
  // Its stream comes back by itself, and with it what it had subscribed to.
  await eventually(
    () => {
      upstream.world.announce.updated("note://watched");
      expect(peer.heardOf("notifications/resources/updated")).toContainEqual({ uri: exposedUri });
    },
    { timeout: 15_000, interval: 250 },
  );
  expect(upstream.world.events.filter((event) => event === "hang began")).toHaveLength(1);
  await peer.close();
  running.signal("SIGTERM");
  expect(await running.ended).toBe(0);
  running = undefined;
  await upstream.stop();
});
