import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test, vi } from "vitest";
import { eq } from "drizzle-orm";
import { servers } from "@/drizzle/schema";
import { sendUpstream } from "@/lib/mcp/upstream";
import { loadTarget } from "@/lib/servers/credential";
import { testDatabase } from "@/tests/support/database";
import { anEchoPortal, legacyHeaders, message, modernHeaders, modernMessage, mountsOf } from "./harness";

const db = await testDatabase();

type Era = "legacy" | "modern";
type Write = (res: ServerResponse, id: unknown) => void;
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** A server whose answer to a call the test writes itself, piece by piece. */
async function aWritingServer(era: Era) {
  const state: { write: Write } = { write: () => {} };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const { id, method } = JSON.parse(Buffer.concat(chunks).toString() || "{}") as { id?: unknown; method?: string };
      if (id === undefined) return void res.writeHead(202).end();
      if (method === "tools/call") return state.write(res, id);
      const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "w", version: "1" } };
      res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const live = await anEchoPortal(db, { send: sendUpstream, loadTarget, url });
  await db
    .update(servers)
    .set({ era, transport: "streamable_http", protocolVersion: era === "modern" ? "2026-07-28" : "2025-11-25" })
    .where(eq(servers.id, live.server.id));
  const ask = (client: Era) =>
    client === "modern"
      ? { headers: modernHeaders(live.token, "tools/call", "echo"), body: modernMessage("tools/call", { name: "echo" }) }
      : { headers: legacyHeaders(live.token), body: message("tools/call", { name: "echo" }) };
  return { state, live, mounts: await mountsOf(live), ask };
}

const text = `${'ä🙂\\"}'.repeat(20_000)}`;
const content = [{ type: "text", text }];
const begin = (res: ServerResponse, more: Record<string, string> = {}) => res.writeHead(200, { "content-type": "application/json", ...more });

describe.each(["legacy", "modern"] as const)("a large result of a %s server", async (era) => {
  const { state, live, mounts, ask } = await aWritingServer(era);
  const both = mounts.flatMap((mount) => (["legacy", "modern"] as const).map((client) => ({ mount, client, on: mount.name })));

  test.each(both)("reaches a $client client on $on whole, and before its server has written the end", async ({ mount, client }) => {
    let finish = () => {};
    const envelope = era === "modern" ? '"resultType":"complete",' : "";
    state.write = (res, id) => {
      const body = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{${envelope}"content":${JSON.stringify(content)},"_meta":{"x":1.0}}}`);
      begin(res).write(body.subarray(0, 60_001));
      finish = () => res.end(body.subarray(60_001));
    };
    const { headers, body } = ask(client);
    const response = await mount.fetch(mount.url, { method: "POST", headers: headers as Record<string, string>, body });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    // The server still holds most of it back.
    expect(first?.value?.length).toBeGreaterThan(10);
    finish();
    const parts = [Buffer.from(first?.value ?? [])];
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) parts.push(Buffer.from(part.value));
    const whole = Buffer.concat(parts).toString("utf8");
    const { id, result } = JSON.parse(whole) as { id: unknown; result: Record<string, unknown> };
    expect([id, result.content]).toEqual([1, content]);
    expect(result.resultType).toBe(client === "modern" ? "complete" : undefined);
    expect(result._meta).toMatchObject({ x: 1 });
    expect(whole).toContain('"x":1.0');
  });

  test.each(both)("that breaks off is an error of the connection for a $client client on $on, never a short answer", async ({ mount, client }) => {
    let cut = () => {};
    state.write = (res, id) => {
      begin(res).write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"${"x".repeat(40_000)}`);
      cut = () => res.destroy();
    };
    const { headers, body } = ask(client);
    const response = await mount.fetch(mount.url, { method: "POST", headers: headers as Record<string, string>, body });
    cut();
    await expect(response.text()).rejects.toThrow();
    await vi.waitFor(async () => expect((await live.rows()).at(-1)).toMatchObject({ outcome: "unreachable" }));
  });

  test("of a tool that failed is on record as that", async () => {
    state.write = (res, id) => begin(res).end(JSON.stringify({ jsonrpc: "2.0", id, result: { content, isError: true } }));
    const [mount] = mounts;
    const got = await mount?.send(ask("legacy"));
    expect(got?.json.result).toMatchObject({ isError: true, content });
    expect((await live.rows()).at(-1)).toMatchObject({ outcome: "tool_error" });
  });

  test("whose id comes last, or which is an error, is answered all the same", async () => {
    const [mount] = mounts;
    state.write = (res, id) => begin(res).end(JSON.stringify({ jsonrpc: "2.0", result: { content }, id }));
    expect((await mount?.send(ask("legacy")))?.json.result?.content).toEqual(content);
    state.write = (res, id) => begin(res).end(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32000, message: "no", data: text } }));
    expect((await mount?.send(ask("legacy")))?.json.error).toMatchObject({ code: -32000, data: text });
  });

  test("a reader who leaves ends the transfer", async () => {
    let closed = false;
    state.write = (res, id) => {
      begin(res).write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"${"x".repeat(40_000)}`);
      res.on("close", () => {
        closed = true;
      });
      const more = setInterval(() => res.write("y".repeat(10_000)), 5);
      res.on("close", () => clearInterval(more));
    };
    const [mount] = mounts;
    const { headers, body } = ask("legacy");
    const leaving = new AbortController();
    const response = await mount?.fetch(mount.url, { method: "POST", headers: headers as Record<string, string>, body, signal: leaving.signal });
    await response?.body?.getReader().read();
    leaving.abort();
    await vi.waitFor(() => expect(closed).toBe(true));
    await vi.waitFor(async () => expect((await live.rows()).at(-1)?.outcome).toBe("cancelled"));
  });
});

test("JSON that a server wrote over several lines stays whole in an event stream", async () => {
  const { state, mounts, ask } = await aWritingServer("legacy");
  state.write = (res, id) => {
    begin(res, { "content-type": "text/event-stream" });
    const progress = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } };
    res.write(`data: ${JSON.stringify(progress)}\n\n`);
    const lines = JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "a" }] } }, null, 2).split("\n");
    res.end(`${lines.map((line) => `data: ${line}`).join("\n")}\n\n`);
  };
  for (const mount of mounts) {
    const { headers, body } = ask("legacy");
    const response = await mount.fetch(mount.url, { method: "POST", headers: headers as Record<string, string>, body });
    const got = await response.text();
    const data = got.includes("data:")
      ? got
          .split("\n\n")
          .filter(Boolean)
          .map((event) =>
            event
              .split("\n")
              .flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []))
              .join("\n"),
          )
      : [got];
    expect(JSON.parse(data.at(-1) ?? "")).toMatchObject({ id: 1, result: { content: [{ text: "a" }] } });
  }
});
