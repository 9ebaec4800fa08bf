import { and, count, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { calls, grants, mcpSessions, portalPolicies, toggles } from "@/drizzle/schema";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { anEchoPortal, legacyHeaders, message } from "@/tests/mcp/harness";
import { eventually } from "@/tests/support/eventually";
import { aFeaturePortal, exposedUri } from "@/tests/support/features/feature-portal";
import { startFeatureUpstream } from "@/tests/support/features/feature-upstream";
import { connectPeer } from "@/tests/support/features/peers";
import { startUpstream } from "@/tests/support/upstream";
import { freshConnections, postgresDatabase, startMany } from "./processes";

const database = await postgresDatabase();
const { db } = database;
const two = ["--no-pages", "--instances", "2"];
const anywhere = freshConnections();

/** Calls `echo` on a connection of its own and says what came back. */
async function ask(url: string, token: string, id: unknown = 1): Promise<string> {
  const response = await anywhere(url, { method: "POST", headers: legacyHeaders(token), body: message("tools/call", { name: "echo", arguments: {} }, id) });
  const body = (await response.json()) as { result?: { isError?: boolean }; error?: { code: number } };
  return body.error ? `${response.status} ${body.error.code}` : `${response.status} ok`;
}

const answering = () =>
  startUpstream({
    era: "legacy",
    stateful: false,
    hook: ({ method, id }) => (method === "tools/call" ? { body: { jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "hello" }] } } } : undefined),
  });

test("ME-06, issue 5.7: a toggle, a policy and a revoked grant changed elsewhere hold at every instance within a second", async () => {
  const upstream = await answering();
  const live = await anEchoPortal(db, { url: upstream.url });
  const gatehouse = await startMany(database, live, two);
  const url = `${gatehouse.url}${live.path}`;
  const everywhere = async (expected: string) => {
    const began = performance.now();
    // Connections are handed out in turn, so eight in a row ask both.
    for (;;) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(url, live.token)));
      if (answers.every((answer) => answer === expected)) return performance.now() - began;
      if (performance.now() - began > 10_000) throw new Error(`still ${answers.join(", ")}`);
    }
  };
  const changed = (work: () => Promise<unknown>) => work().then(() => bumpAccessVersion(db, live.org.id));
  await everywhere("200 ok");
  // What eight calls cost on this machine now is no delay of the change.
  const usual = await everywhere("200 ok");
  const rows = await db.selectDistinct({ instance: calls.instanceId }).from(calls).where(eq(calls.orgId, live.org.id));
  expect(rows).toHaveLength(2);

  const took: number[] = [];
  for (let round = 0; round < 5; round++) {
    await changed(() => db.update(toggles).set({ enabled: false }).where(eq(toggles.portalId, live.portal.id)));
    took.push(await everywhere("200 -32602"));
    await changed(() => db.update(toggles).set({ enabled: true }).where(eq(toggles.portalId, live.portal.id)));
    took.push(await everywhere("200 ok"));
  }
  await changed(() => db.delete(portalPolicies).where(and(eq(portalPolicies.portalId, live.portal.id))));
  took.push(await everywhere("403 -32000"));
  await db.update(grants).set({ revokedAt: new Date() }).where(eq(grants.id, live.grant.id));
  await bumpAccessVersion(db, live.org.id);
  took.push(await everywhere("401 -32000"));
  expect(Math.max(...took)).toBeLessThan(1_000 + 2 * usual);
  gatehouse.signal("SIGTERM");
  expect(await gatehouse.ended).toBe(0);
  await upstream.close();
});

test.each([
  ["two instances", two, 4],
  ["one that takes its connections itself", ["--no-pages", "--instances", "1"], 3],
])("issue 5.7, AV-08, AV-10: a rolling restart under load loses no call and no record: %s", async (_form, args, processes) => {
  const upstream = await answering();
  const live = await anEchoPortal(db, { url: upstream.url });
  const gatehouse = await startMany(database, live, args);
  const url = `${gatehouse.url}${live.path}`;
  let isOver = false;
  const wrong: string[] = [];
  let answered = 0;
  const work = async (i: number, send: typeof fetch) => {
    for (let n = 0; !isOver; n++) {
      const body = message("tools/call", { name: "echo", arguments: {} }, `${i}-${n}`);
      const got = await send(url, { method: "POST", headers: legacyHeaders(live.token), body }).then(
        async (response) => `${response.status} ${(await response.text()).includes("hello") ? "hello" : ""}`,
        (error: Error) => `${error.message} ${String(error.cause)}`,
      );
      if (got === "200 hello") answered++;
      else wrong.push(got);
    }
  };
  // Half of them keep their connections, which is where a closed one hurts; half come anew each time.
  const workers = Promise.all(Array.from({ length: 6 }, (_, i) => work(i, i % 2 ? fetch : anywhere)));
  for (const signal of ["SIGHUP", "SIGUSR2"] as const) {
    const before = gatehouse.output().split('"restarted"').length;
    gatehouse.signal(signal);
    await eventually(() => expect(gatehouse.output().split('"restarted"').length).toBe(before + 1), { timeout: 90_000, interval: 100 });
  }
  isOver = true;
  await workers;
  gatehouse.signal("SIGTERM");
  expect(await gatehouse.ended).toBe(0);
  expect(wrong).toEqual([]);
  expect(answered).toBeGreaterThan(50);
  const found = await db
    .select({ instance: calls.instanceId, outcome: calls.outcome, rows: count() })
    .from(calls)
    .where(eq(calls.orgId, live.org.id))
    .groupBy(calls.instanceId, calls.outcome);
  expect(new Set(found.map(({ outcome }) => outcome))).toEqual(new Set(["ok"]));
  expect(found.reduce((sum, { rows }) => sum + rows, 0)).toBe(answered);
  expect(upstream.seen("tools/call")).toHaveLength(answered);
  // Those of the beginning, and others after each restart.
  expect(new Set(found.map(({ instance }) => instance)).size).toBeGreaterThanOrEqual(processes);
  await upstream.close();
});

test.each(["old", "new"] as const)("a conversation of an %s client goes on wherever its requests arrive", async (era) => {
  const upstream = await startFeatureUpstream("old");
  const live = await aFeaturePortal(db, upstream.url);
  const gatehouse = await startMany(database, live, ["--no-pages", "--instances", "3"]);
  const peer = await connectPeer(era, { url: `${gatehouse.url}${live.path}`, token: live.token, fetch: anywhere });
  for (let i = 0; i < 4; i++) {
    expect((await peer.call("ask", { for: "form" })).text).toContain("Ada");
    expect((await peer.call("echo", { message: `no. ${i}` })).text).toBe(`Echo: no. ${i}`);
  }
  await peer.watch(exposedUri);
  await eventually(
    () => {
      upstream.world.announce.updated("note://watched");
      expect(peer.heardOf("notifications/resources/updated").length).toBeGreaterThan(0);
    },
    { timeout: 10_000, interval: 250 },
  );
  const gone = new AbortController();
  const cut = peer.call("hang", {}, { signal: gone.signal });
  cut.catch(() => {});
  await eventually(() => expect(upstream.world.events).toContain("hang began"), 5_000);
  gone.abort();
  await eventually(() => expect(upstream.world.events).toContain("hang cancelled"), 5_000);
  await peer.close();
  if (era === "old") expect(await db.select().from(mcpSessions).where(eq(mcpSessions.orgId, live.org.id))).toHaveLength(0);
  gatehouse.signal("SIGTERM");
  expect(await gatehouse.ended).toBe(0);
  await upstream.stop();
});

test("a server sees one session for one session of a client, wherever the requests arrive, and hears its end", async () => {
  const upstream = await startUpstream({
    hook: ({ method, id }) => (method === "tools/call" ? { body: { jsonrpc: "2.0", id, result: { content: [] } } } : undefined),
  });
  const live = await anEchoPortal(db, { url: upstream.url });
  const gatehouse = await startMany(database, live, ["--no-pages", "--instances", "3"]);
  const url = `${gatehouse.url}${live.path}`;
  const begun = await anywhere(url, { method: "POST", headers: legacyHeaders(live.token), body: message("initialize", { protocolVersion: "2025-11-25" }) });
  await begun.text();
  const headers = { ...legacyHeaders(live.token), "mcp-session-id": begun.headers.get("mcp-session-id") ?? "" };
  for (let id = 1; id <= 9; id++) {
    const response = await anywhere(url, { method: "POST", headers, body: message("tools/call", { name: "echo", arguments: {} }, id) });
    expect([response.status, await response.json()]).toMatchObject([200, { id, result: {} }]);
  }
  expect(new Set(upstream.seen("tools/call").map((call) => call.headers["mcp-session-id"])).size).toBe(1);
  expect((await anywhere(url, { method: "DELETE", headers })).status).toBe(204);
  await eventually(() => expect(upstream.calls.filter(({ httpMethod }) => httpMethod === "DELETE")).toHaveLength(1), 5_000);
  expect((await anywhere(url, { method: "POST", headers, body: message("ping") })).status).toBe(404);
  gatehouse.signal("SIGTERM");
  expect(await gatehouse.ended).toBe(0);
  await upstream.close();
});

test("a question asked before a restart is answered after it", async () => {
  const upstream = await startFeatureUpstream("old");
  const live = await aFeaturePortal(db, upstream.url);
  const gatehouse = await startMany(database, live, two);
  let restarted: Promise<unknown> | null = null;
  // The person takes so long to answer that another process has the session's place by then.
  const slowly: typeof fetch = async (input, init) => {
    if (typeof init?.body === "string" && init.body.includes('"action":"accept"') && !restarted) {
      const before = gatehouse.output().split('"started"').length;
      gatehouse.signal("SIGUSR2");
      restarted = eventually(() => expect(gatehouse.output().split('"started"').length).toBeGreaterThan(before), { timeout: 30_000, interval: 50 });
      await restarted;
    }
    return anywhere(input, init);
  };
  const peer = await connectPeer("old", { url: `${gatehouse.url}${live.path}`, token: live.token, fetch: slowly });
  expect((await peer.call("ask", { for: "form" })).text).toContain("Ada");
  await eventually(() => expect(gatehouse.output()).toContain('"restarted"'), { timeout: 60_000, interval: 100 });
  gatehouse.signal("SIGTERM");
  expect(await gatehouse.ended).toBe(0);
  await upstream.stop();
});
