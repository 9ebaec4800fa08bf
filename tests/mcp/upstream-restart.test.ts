import { afterAll, expect, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { aFeaturePortal } from "@/tests/support/features/feature-portal";
import { type FeatureUpstream, startFeatureUpstream, type UpstreamKind } from "@/tests/support/features/feature-upstream";
import { type ClientKind, connectPeer, everything, type Peer } from "@/tests/support/features/peers";
import { mountsOf } from "./harness";

const db = await testDatabase();
const running: FeatureUpstream[] = [];
afterAll(() => Promise.all(running.map((upstream) => upstream.stop())));

type Case = { client: ClientKind; server: UpstreamKind; unknownSession: 404 | 400; declares: "nothing" | "everything" };
const servers = [
  { server: "old", unknownSession: 404 },
  { server: "old", unknownSession: 400 },
  { server: "2024 SSE", unknownSession: 404 },
  { server: "new", unknownSession: 404 },
] as const;
const cases: Case[] = servers.flatMap((each) =>
  (["old", "new"] as const).flatMap((client) => (["nothing", "everything"] as const).map((declares) => ({ ...each, client, declares }))),
);

async function setUp({ server, client, declares }: Case) {
  const upstream = await startFeatureUpstream(server);
  running.push(upstream);
  const live = await aFeaturePortal(db, upstream.url);
  const [mount] = await mountsOf(live);
  const peer = await connectPeer(client, { url: String(mount?.url), token: live.token }, declares === "everything" ? everything : {});
  return { upstream, peer, live };
}

/** What the client was told, and how often the server did it. */
const echo = async (peer: Peer, message: string) => (await peer.call("echo", { message })).text;
const timesDone = ({ world }: FeatureUpstream, message: string) => world.events.filter((event) => event === `echo ${message}`).length;

test.each(cases)(
  "after a restart of a(n) $server server that answers $unknownSession for the old session, the next call of a(n) $client client that declared $declares works",
  async (each) => {
    const { upstream, peer } = await setUp(each);
    expect(await echo(peer, "before")).toBe("Echo: before");
    for (const round of ["first", "second"]) {
      await upstream.stop();
      await upstream.start(each.unknownSession);
      expect(await echo(peer, round)).toBe(`Echo: ${round}`);
      expect(timesDone(upstream, round)).toBe(1);
    }
    if (each.declares === "everything") expect((await peer.call("ask", { for: "form" })).text).toContain("Ada");
    await peer.close();
  },
);

test.each(cases)(
  "a call that a(n) $server server had begun when it died is not repeated ($unknownSession, $client client, declares $declares)",
  async (each) => {
    const { upstream, peer, live } = await setUp(each);
    await echo(peer, "before");
    const cut = peer.call("hang");
    await eventually(() => expect(upstream.world.events).toContain("hang began"), 5_000);
    await upstream.stop();
    const down = await echo(peer, "while it was down");
    await upstream.start(each.unknownSession);
    const outcome = await cut;
    expect(outcome.isError).toBe(true);
    expect(outcome.text).toContain(live.server.name);
    expect(down).toContain(live.server.name);
    expect(await echo(peer, "after")).toBe("Echo: after");
    expect(upstream.world.events.filter((event) => event === "hang began")).toHaveLength(1);
    expect(["before", "while it was down", "after"].map((message) => timesDone(upstream, message))).toEqual([1, 0, 1]);
    await peer.close();
  },
);

test.each(cases.filter(({ declares }) => declares === "everything"))(
  "traffic across a restart ($server, $unknownSession, $client client) is done once or reported as failed",
  async (each) => {
    const { upstream, peer } = await setUp(each);
    const outcomes = new Map<string, string>();
    const traffic = async (lane: string) => {
      for (let i = 0; i < 6; i++) outcomes.set(`${lane}${i}`, await echo(peer, `${lane}${i}`));
    };
    const lanes = Promise.all(["a", "b", "c"].map(traffic));
    await eventually(() => expect(upstream.world.events.length).toBeGreaterThan(4), { timeout: 5_000, interval: 1 });
    await upstream.stop();
    await upstream.start(each.unknownSession);
    await lanes;
    for (const [message, told] of outcomes) {
      const times = timesDone(upstream, message);
      if (told === `Echo: ${message}`) expect([message, times]).toEqual([message, 1]);
      else expect(times).toBeLessThanOrEqual(1);
    }
    expect(outcomes.size).toBe(18);
    await peer.close();
  },
);
