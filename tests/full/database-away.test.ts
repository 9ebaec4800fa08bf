import { count, eq } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { calls } from "@/drizzle/schema";
import { anEchoPortal, legacyHeaders, message } from "@/tests/mcp/harness";
import { cutProxy } from "@/tests/support/cut-proxy";
import { eventually } from "@/tests/support/eventually";
import { startUpstream } from "@/tests/support/upstream";
import { postgresDatabase, startMany } from "./processes";

const database = await postgresDatabase();
const { db } = database;

/** The product on PostgreSQL behind a proxy that can be cut, and what it answers. */
async function aPortal(callLog: "spool" | "commit") {
  const upstream = await startUpstream({
    stateful: false,
    hook: ({ method, id }) => (method === "tools/call" ? { body: { jsonrpc: "2.0", id, result: { content: [] } } } : undefined),
  });
  const proxy = await cutProxy(database.url);
  const live = await anEchoPortal(db, { url: upstream.url });
  const gatehouse = await startMany({ db, url: proxy.url }, live, ["--no-pages"], { CALL_LOG: callLog });
  onTestFinished(async () => {
    gatehouse.signal("SIGTERM");
    await gatehouse.ended;
    await Promise.all([proxy.close(), upstream.close()]);
  });
  return {
    ...{ proxy, live, gatehouse },
    ready: async () => (await fetch(`${gatehouse.url}/readyz`, { signal: AbortSignal.timeout(5_000) })).status,
    async call() {
      const body = message("tools/call", { name: "echo", arguments: {} });
      const response = await fetch(`${gatehouse.url}${live.path}`, { method: "POST", headers: legacyHeaders(live.token), body });
      await response.text();
      return response.status;
    },
  };
}

test.each(["refused", "silent"] as const)(
  "with spool and the database %s for 25 s, no call fails, the process is ready all the time, and every row is there afterwards",
  async (how) => {
    const { proxy, live, gatehouse, ready, call } = await aPortal("spool");
    let made = 0;
    const works = async () => {
      expect([await call(), await ready()]).toEqual([200, 200]);
      made++;
    };
    await works();
    await proxy.cut(how);
    for (const began = performance.now(); performance.now() - began < 25_000; ) await works();
    // Who was let in then may no longer be.
    await eventually(async () => expect([await call(), await ready()]).toEqual([503, 503]), 20_000);
    await proxy.restore();
    await eventually(async () => expect([await call(), await ready()]).toEqual([200, 200]), 30_000);
    const ok = async () => (await db.select({ count: count() }).from(calls).where(eq(calls.orgId, live.org.id)))[0]?.count ?? 0;
    await eventually(async () => expect(await ok()).toBeGreaterThan(made), 30_000);

    // Asked to end meanwhile, it does.
    await proxy.cut(how);
    gatehouse.signal("SIGTERM");
    expect(await gatehouse.ended).toBe(0);
  },
);

test("with commit the process is not ready as soon as the database is away, and again when it is back", async () => {
  const { proxy, ready, call } = await aPortal("commit");
  expect([await call(), await ready()]).toEqual([200, 200]);
  await proxy.cut("refused");
  expect([await call(), await ready()]).toEqual([503, 503]);
  await proxy.restore();
  await eventually(async () => expect([await call(), await ready()]).toEqual([200, 200]), 30_000);
});
