import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, expect, test } from "vitest";
import type { EgressResponse } from "@/lib/egress/request";
import { EventStream } from "@/lib/mcp/event-stream";
import { readAnswerStream } from "@/lib/mcp/upstream/stream-answer";
import type { Outgoing } from "@/lib/mcp/upstream/wire";
import type { UpstreamTarget } from "@/lib/mcp/upstream-types";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { realParts } from "@/tests/support/features/feature-portal";
import { anEchoPortal, legacyHeaders, message, modernHeaders, modernMessage, mountsOf } from "./harness";

const db = await testDatabase();
const eventChars = 60_000;
const events = 150;

/** A server that says 9 MB of progress before it answers, as fast as it is read. */
async function talkative() {
  let sent = 0;
  const server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => {
      const { id, method, params } = JSON.parse(body);
      if (method === "tools/call") return void talk(res.writeHead(200, { "content-type": "text/event-stream" }), id, params._meta.progressToken);
      const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "talkative", version: "1" } };
      res
        .writeHead(id === undefined ? 202 : 200, { "content-type": "application/json" })
        .end(id === undefined ? "" : JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  async function talk(res: ServerResponse, id: unknown, progressToken: unknown) {
    for (let progress = 1; progress <= events; progress++) {
      const said = { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress, message: "x".repeat(eventChars) } };
      const isTaken = res.write(`data: ${JSON.stringify(said)}\n\n`);
      sent++;
      if (!isTaken) await once(res, "drain").catch(() => {});
      if (res.destroyed) return;
    }
    res.end(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "at last" }] } })}\n\n`);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, sent: () => sent };
}

test.each(["2025-11-25", "2026-07-28"])(
  "ME-13: while a client of %s does not read, its server is not read either; afterwards everything arrives",
  async (version) => {
    const upstream = await talkative();
    const live = await anEchoPortal(db, { url: upstream.url, ...realParts });
    const [mount] = await mountsOf(live);
    const url = new URL(mount?.url ?? "");
    const params = { name: "echo", arguments: {}, _meta: { progressToken: "p" } };
    const isOld = version < "2026";
    const body = isOld ? message("tools/call", params) : modernMessage("tools/call", { ...params }).replace('"_meta":{', '"_meta":{"progressToken":"p",');
    const headers = isOld ? legacyHeaders(live.token) : modernHeaders(live.token, "tools/call", "echo");
    const client = connect(Number(url.port), url.hostname);
    client.pause();
    const head = Object.entries({ host: url.host, ...headers, "content-length": String(Buffer.byteLength(body)) }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    client.write(`POST ${url.pathname} HTTP/1.1\r\n${head.join("")}\r\n${body}`);

    await eventually(() => expect(upstream.sent()).toBeGreaterThan(0), 20_000);
    let [before, same] = [0, 0];
    await eventually(
      () => {
        same = upstream.sent() === before ? same + 1 : 0;
        before = upstream.sent();
        expect(same).toBeGreaterThan(20);
      },
      { timeout: 20_000, interval: 25 },
    );

    let received = "";
    client.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    client.resume();
    await eventually(() => expect(received).toContain("at last"), 20_000);
    expect(received.match(/"progress":\d+,/g)).toHaveLength(events);
    client.destroy();
    expect(await live.rows()).toMatchObject([{ outcome: "ok" }]);
  },
);

test("ME-13: nothing more is read from a server while its client is behind, and that is no silence of the server's", async () => {
  let [read, heard, held] = [0, 0, 0];
  let catchUp = () => {};
  const ear = {
    hear: () => void heard++,
    whenRead: () =>
      heard === 3
        ? new Promise<void>((resolve) => {
            catchUp = resolve;
          })
        : null,
  };
  const deadline = {
    touch() {},
    hold: () => {
      held++;
      return () => void held--;
    },
    race: <T>(promise: Promise<T>) => promise,
  };
  async function* body() {
    for (; read < 9; read++) yield Buffer.from('data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n');
    yield Buffer.from('data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n');
  }
  const out = { id: 1, ear, deadline, resumes: false } as unknown as Outgoing;
  const answer = readAnswerStream({} as UpstreamTarget, { body: body() } as unknown as EgressResponse, out);
  await eventually(() => expect([heard, held]).toEqual([3, 1]));
  expect(read).toBe(2);
  heard++;
  catchUp();
  expect(await answer).toMatchObject({ kind: "result" });
  expect([read, heard, held]).toEqual([9, 10, 0]);
});

test("a reader that is hopelessly behind is cut off, and nobody waits for it any longer", async () => {
  const stream = new EventStream();
  const ends: string[] = [];
  stream.attach({ write: () => false, close: () => {}, cut: () => void ends.push("cut") });
  stream.onClosed(() => void ends.push("closed"));
  for (let i = 0; i < 3; i++) stream.send("x".repeat(1_000_000));
  const read = stream.whenRead();
  expect(read).not.toBeNull();
  stream.send("x".repeat(1_000_000));
  stream.send("one too many");
  await read;
  expect([ends, stream.isOpen, stream.whenRead()]).toEqual([["closed", "cut"], false, null]);
});
