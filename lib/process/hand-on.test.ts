import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { type HandOn, handOn } from "./hand-on";

const directory = mkdtempSync(join(tmpdir(), "gatehouse-hand-on-"));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(directory, { recursive: true, force: true });
});

/** A front on a port that hands everything on to a process at a socket; what became of it is remembered. */
async function handing(inner: RequestListener | null, more: Partial<HandOn> = {}, before: (req: IncomingMessage) => Promise<unknown> = async () => {}) {
  const socketPath = join(directory, `${servers.length}.sock`);
  if (inner) await serving(inner, socketPath);
  const outcomes: string[] = [];
  const front = await serving((req, res) => {
    const handed = before(req).then(() => handOn(req, res, { socketPath, from: "203.0.113.9", ...more }));
    void handed.then((outcome) => {
      outcomes.push(outcome);
      if (outcome !== "answered") res.writeHead(503).end();
    });
  });
  return { port: (front.address() as AddressInfo).port, outcomes };
}

async function serving(listener: RequestListener, at?: string): Promise<Server> {
  const server = createServer(listener);
  servers.push(server);
  if (at) server.listen(at);
  else server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function send(port: number, { method = "POST", headers = {}, body = "" }: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const req = request({ port, host: "127.0.0.1", method, path: "/a?b=c", headers, agent: false });
  req.end(body);
  const [res] = (await once(req, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of res) text += chunk;
  return { status: res.statusCode, headers: res.headers, text };
}

test("method, path, headers and body arrive, with the client's address instead of what a client says it is", async () => {
  const seen: Record<string, unknown>[] = [];
  const { port, outcomes } = await handing(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    const { host, cookie, te } = req.headers;
    seen.push({ method: req.method, url: req.url, body, host, cookie, te, from: req.headers["x-gatehouse-from"] });
    res.writeHead(201, [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    res.end("made");
  });
  const headers = { host: "gate.acme.com", cookie: "s=1", te: "trailers", "x-gatehouse-from": "6.6.6.6" };
  const got = await send(port, { headers: { ...headers, "content-length": "5" }, body: "hello" });
  const chunked = await send(port, { headers: { ...headers, "transfer-encoding": "chunked" }, body: "hello" });
  expect([got.status, got.headers["set-cookie"], got.text, chunked.text]).toEqual([201, ["a=1", "b=2"], "made", "made"]);
  const expected = { method: "POST", url: "/a?b=c", body: "hello", host: "gate.acme.com", cookie: "s=1", te: undefined, from: "203.0.113.9" };
  expect(seen).toEqual([expected, expected]);
  expect(outcomes).toEqual(["answered", "answered"]);
});

test("a body that was read already is sent as it was", async () => {
  const { port } = await handing(
    async (req, res) => {
      for await (const chunk of req) res.write(chunk);
      res.end();
    },
    { body: Buffer.from("read before") },
  );
  expect((await send(port, { body: "read before" })).text).toBe("read before");
});

test("events leave as they come, and a client that goes away takes its request along", async () => {
  let isGone = false;
  const { port } = await handing((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
    res.on("close", () => {
      isGone = true;
    });
  });
  const req = request({ port, host: "127.0.0.1", agent: false }).end();
  const [res] = (await once(req, "response")) as [IncomingMessage];
  expect(String((await once(res, "data"))[0])).toBe("data: one\n\n");
  req.destroy();
  await eventually(() => expect(isGone).toBe(true));
});

test("what a client has left before it is handed on is handed on to nobody", async () => {
  const seen: unknown[] = [];
  let leave = () => {};
  const whenGone = (req: IncomingMessage) => {
    leave();
    return new Promise((resolve) => req.on("close", resolve));
  };
  const { port, outcomes } = await handing((req, res) => void (seen.push(req.url) && res.end()), { body: Buffer.from("read before") }, whenGone);
  const req = request({ port, host: "127.0.0.1", agent: false }).on("error", () => {});
  leave = () => void req.destroy();
  req.end();
  await eventually(() => expect(outcomes).toEqual(["answered"]));
  expect(seen).toEqual([]);
});

test("nobody there is told apart from somebody who left in the middle: only then may another answer", async () => {
  const nobody = await handing(null);
  expect([(await send(nobody.port, { body: "x" })).status, nobody.outcomes]).toEqual([503, ["unreachable"]]);
  const leaving = await handing((req) => void req.socket.destroy());
  expect([(await send(leaving.port, { body: "x" })).status, leaving.outcomes]).toEqual([503, ["broken"]]);
});

test("an answer that breaks off is no complete answer", async () => {
  const { port } = await handing((req, res) => {
    res.writeHead(200, { "content-length": "100" }).write("half");
    setImmediate(() => req.socket.destroy());
  });
  await expect(send(port)).rejects.toThrow(/aborted|hang up/);
});
