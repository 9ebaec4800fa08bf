import { EventEmitter, once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startBearerProxy } from "./bearer-proxy";

async function proxied(serve: Parameters<typeof createServer>[1]) {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await startBearerProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "the-token");
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return proxy.origin;
}

test("adds the token and keeps what the client sent, its Host too", async () => {
  let seen: IncomingHttpHeaders = {};
  const origin = await proxied((req, res) => {
    seen = req.headers;
    req.pipe(res);
  });
  const answer = await fetch(origin, { method: "POST", body: "hello", headers: { origin, "mcp-method": "ping" } });
  expect(await answer.text()).toBe("hello");
  expect(seen).toMatchObject({ authorization: "Bearer the-token", host: new URL(origin).host, origin, "mcp-method": "ping" });
});

test("streams as it comes, and a client that leaves is gone for the server as well", async () => {
  const leavings = new EventEmitter();
  const gone = once(leavings, "gone");
  const origin = await proxied((_, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" }).write("data: first\n\n");
    res.on("close", () => leavings.emit("gone"));
  });
  const leave = new AbortController();
  const answer = await fetch(origin, { signal: leave.signal });
  const first = await answer.body?.getReader().read();
  expect(Buffer.from(first?.value ?? []).toString()).toBe("data: first\n\n");
  leave.abort();
  await gone;
});
