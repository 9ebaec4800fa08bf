import { readdirSync } from "node:fs";
import { request } from "node:http";
import { asc, eq } from "drizzle-orm";
import { afterAll, describe, expect, test } from "vitest";
import { calls, grants, instances, servers } from "@/drizzle/schema";
import { migrate } from "@/lib/db/migrate";
import { openPglite } from "@/lib/db/open";
import { startUpstream } from "@/tests/support/upstream";
import { anEchoPortal, legacyHeaders, message } from "./harness";
import { aDataDir, startGatehouse } from "./process";

const data = aDataDir();
afterAll(() => data.remove());

/** The embedded database of the process, while it is not running. */
async function withDatabase<T>(work: (db: Awaited<ReturnType<typeof openPglite>>["db"]) => Promise<T>): Promise<T> {
  const opened = await openPglite(`${data.path}/db`, { lockDir: data.path });
  try {
    await migrate(opened.db);
    return await work(opened.db);
  } finally {
    await opened.close();
  }
}

// It opens an embedded database on disk three times, with a process in between.
describe("the server as a process", { timeout: 90_000 }, () => {
  test("answers health and portals, and at SIGTERM finishes the call in flight, keeps its record and exits 0", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const upstream = await startUpstream({
      era: "legacy",
      stateful: false,
      hook: (call) =>
        call.method === "tools/call"
          ? (res) =>
              void held.then(() =>
                res
                  .writeHead(200, { "content-type": "application/json" })
                  .end(JSON.stringify({ jsonrpc: "2.0", id: call.id, result: { content: [{ type: "text", text: "late" }] } })),
              )
          : undefined,
    });
    // The token's resource names the public URL, so the process gets one of its own port.
    const port = 20_000 + (process.pid % 20_000);
    const publicUrl = `http://localhost:${port}`;
    const live = await withDatabase((db) => anEchoPortal(db, { url: upstream.url }));
    await withDatabase(async (db) => {
      await db.update(grants).set({ resource: `${publicUrl}${live.path}` });
      // The upkeep of the process would synchronise the server, and withhold what differs from the fixture.
      await db.update(servers).set({ nextSyncAt: new Date(Date.now() + 3_600_000) });
    });

    const server = await startGatehouse({ DATA_DIR: data.path, PORT: String(port) });
    expect(server.url).toBe(publicUrl);
    expect(server.output()).toContain("embedded, in");
    expect(server.output()).toContain("spool first, then in the database");
    expect((await fetch(`${publicUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${publicUrl}/readyz`)).status).toBe(200);
    expect(await statusWithHost(publicUrl, "evil.test")).toBe(421);
    await expect(startGatehouse({ DATA_DIR: data.path, PORT: "0" })).rejects.toThrow(/another Gatehouse \(process \d+\) is using/);

    const list = await fetch(`${publicUrl}${live.path}`, { method: "POST", headers: legacyHeaders(live.token), body: message("tools/list") });
    expect(await list.json()).toMatchObject({ result: { tools: [{ name: "echo" }] } });
    const call = fetch(`${publicUrl}${live.path}`, { method: "POST", headers: legacyHeaders(live.token), body: message("tools/call", { name: "echo" }) });
    while (upstream.seen("tools/call").length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readdirSync(`${data.path}/spool`)).toContainEqual(expect.stringMatching(/^ins_.*\.log$/));
    server.signal("SIGTERM");
    await expectRefused(publicUrl);
    release();
    expect(await (await call).json()).toMatchObject({ result: { content: [{ text: "late" }] } });
    expect(await server.ended).toBe(0);
    await upstream.close();
    expect(readdirSync(`${data.path}/spool`)).toEqual([]);

    const rows = await withDatabase((db) => db.select().from(calls).where(eq(calls.orgId, live.org.id)).orderBy(asc(calls.id)));
    expect(rows).toMatchObject([
      { method: "tools/list", outcome: "ok" },
      { method: "tools/call", outcome: "ok", serverId: live.server.id },
    ]);
    expect(await withDatabase((db) => db.select().from(instances))).toMatchObject([{ id: rows[0]?.instanceId }]);
  });

  test("a start with wrong settings ends with one list of all of them and no stack", async () => {
    const failure = await startGatehouse({ DATA_DIR: data.path, PORT: "x", PUBLIC_URL: "http://portal.example.com", SIGN_UP: "maybe" }).catch(
      (error: Error) => error.message,
    );
    expect(failure).toContain("ended with 1");
    for (const name of ["PORT", "PUBLIC_URL", "SIGN_UP"]) expect(failure).toMatch(new RegExp(`  - ${name}: `));
    expect(failure).not.toMatch(/\n\s+at /);
  });
});

// Connections are refused as soon as the server drains; until then the request may still be answered, with 503 at /readyz.
async function expectRefused(url: string): Promise<void> {
  for (;;) {
    const status = await fetch(`${url}/readyz`, { headers: { connection: "close" } }).then(
      (response) => response.status,
      () => null,
    );
    if (status === null || status === 503) return;
  }
}

function statusWithHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (res) => {
      res.resume();
      resolve(res.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
