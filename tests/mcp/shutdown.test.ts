import { connect } from "node:net";
import { asc, eq } from "drizzle-orm";
import { afterAll, expect, test } from "vitest";
import { calls, grants, servers } from "@/drizzle/schema";
import { migrate } from "@/lib/db/migrate";
import { openPglite } from "@/lib/db/open";
import { eventually } from "@/tests/support/eventually";
import { readEvents } from "@/tests/support/event-reader";
import { startUpstream } from "@/tests/support/upstream";
import { anEchoPortal, legacyHeaders, message } from "./harness";
import { aDataDir, type Gatehouse, startGatehouse } from "./process";

const data = aDataDir();
let running: Gatehouse | undefined;
afterAll(() => {
  running?.signal("SIGKILL");
  data.remove();
});

// It opens an embedded database on disk three times, with a process in between.
test("AV-08: at SIGTERM a process finishes its call, ends its streams, tells its servers and exits 0", { timeout: 120_000 }, async () => {
  let answer = () => {};
  const upstream = await startUpstream({
    hook: ({ method, httpMethod, id }) => {
      // A server that never answers a goodbye holds nobody up.
      if (httpMethod === "DELETE") return "hang";
      if (method !== "tools/call") return undefined;
      return (res) => {
        answer = () => res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } }));
      };
    },
  });
  const port = 20_000 + ((process.pid + 13) % 20_000);
  const publicUrl = `http://localhost:${port}`;
  const opened = await openPglite(`${data.path}/db`, { lockDir: data.path });
  await migrate(opened.db);
  const live = await anEchoPortal(opened.db, { url: upstream.url });
  await opened.db.update(grants).set({ resource: `${publicUrl}${live.path}` });
  await opened.db.update(servers).set({ nextSyncAt: new Date(Date.now() + 3_600_000) });
  await opened.close();
  running = await startGatehouse({ DATA_DIR: data.path, PORT: String(port) });
  const url = `${publicUrl}${live.path}`;
  const headers = legacyHeaders(live.token);
  const begun = await fetch(url, { method: "POST", headers, body: message("initialize", { protocolVersion: "2025-11-25", capabilities: {} }) });
  const inSession = { ...headers, "mcp-session-id": begun.headers.get("mcp-session-id") ?? "" };
  await begun.text();
  const stream = await readEvents(fetch, url, { headers: inSession });
  const upgrade = await sayRaw(port, `GET ${live.path} HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
  expect(upgrade).toMatch(/^HTTP\/1.1 426 /);
  const call = fetch(url, { method: "POST", headers: inSession, body: message("tools/call", { name: "echo" }, "last") });
  await eventually(() => expect(upstream.seen("tools/call")).toHaveLength(1), 20_000);

  running.signal("SIGTERM");
  await eventually(async () => {
    const status = await fetch(`${publicUrl}/readyz`).then(
      (response) => response.status,
      () => "refused",
    );
    expect([503, "refused"]).toContain(status);
  }, 10_000);
  answer();
  expect((await call).status).toBe(200);
  await stream.ended;
  expect(await running.ended).toBe(0);
  expect(upstream.calls.filter(({ httpMethod }) => httpMethod === "DELETE")).toHaveLength(1);
  running = undefined;
  await upstream.close();

  const again = await openPglite(`${data.path}/db`, { lockDir: data.path });
  const rows = await again.db.select().from(calls).where(eq(calls.orgId, live.org.id)).orderBy(asc(calls.id));
  expect(rows.map(({ method, outcome }) => [method, outcome])).toEqual([
    ["initialize", "ok"],
    ["tools/call", "ok"],
  ]);
  await again.close();
});

function sayRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(port, "localhost", () => socket.write(text));
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.on("close", () => resolve(heard));
    socket.on("error", reject);
  });
}
