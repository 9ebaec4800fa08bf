import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import { type AddressInfo, connect as netConnect, createServer as createTcpServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { type Egress, type EgressOptions, makeEgress } from "./request";

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const get: EgressOptions = { method: "GET", maxBytes: 1_000 };
const loopback = makeEgress({ allow: ["loopback"] });
const answering =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
const outcome = (promise: Promise<{ status: number }>) =>
  promise.then(
    ({ status }) => status,
    (error) => `${error.cause_} ${error.delivered ? "delivered" : "kept"}`,
  );

async function bodyOf(egress: Egress, url: string, options: EgressOptions = get): Promise<string> {
  try {
    return await (await egress(url, options)).text();
  } catch (error) {
    return (error as { cause_?: string }).cause_ ?? String(error);
  }
}

describe("where a request may go", () => {
  test.each([
    ["ftp://example.com/", "invalid_url kept"],
    ["file:///etc/passwd", "invalid_url kept"],
    ["gopher://example.com", "invalid_url kept"],
    ["not a url", "invalid_url kept"],
    ["https://user:secret@example.com/", "invalid_url kept"],
    ["https://user@example.com/", "invalid_url kept"],
    ["https://example.com/#part", "invalid_url kept"],
    ["http://example.com/", "blocked kept"],
    ["https://127.0.0.1/", "blocked kept"],
    ["https://2130706433/", "blocked kept"],
    ["https://0x7f.1/", "blocked kept"],
    ["https://[::1]/", "blocked kept"],
    ["https://[::ffff:127.0.0.1]/", "blocked kept"],
    ["https://[64:ff9b::7f00:1]/", "blocked kept"],
    ["https://[2002:7f00:1::]/", "blocked kept"],
    ["https://169.254.169.254/latest/meta-data", "blocked kept"],
    ["https://10.0.0.1/", "blocked kept"],
    ["https://localhost/", "blocked kept"],
  ])("%s: %s", async (url, expected) => expect(await outcome(makeEgress({ allow: [] })(url, get))).toBe(expected));

  test.each([[["127.0.0.1"]], [["93.184.216.34", "10.0.0.1"]], [["2606:4700:4700::1111", "::ffff:10.0.0.1"]], [["169.254.169.254"]]])(
    "a name that resolves to %j is blocked",
    async (answers) =>
      expect(await outcome(makeEgress({ allow: ["loopback"], resolve: answering(...answers) })("https://rebind.test/", get))).toBe("blocked kept"),
  );

  test("the connected socket is checked too, before a byte is sent", async () => {
    let heard = 0;
    const port = await listen((_req, res) => {
      heard++;
      res.end("x");
    });
    const egress = makeEgress({ allow: [], resolve: answering("93.184.216.34"), connect: () => netConnect({ host: "127.0.0.1", port }) });
    expect(await outcome(egress("https://sneaky.test/", get))).toBe("blocked kept");
    expect(heard).toBe(0);
  });

  test("an address on the list is reachable under its own name and port only", async () => {
    const port = await listen((_req, res) => res.end("inside"));
    const egress = makeEgress({ allow: [`intern.test:${port}`], resolve: answering("127.0.0.1") });
    expect(await bodyOf(egress, `http://intern.test:${port}/`)).toBe("inside");
    expect(await bodyOf(egress, `http://INTERN.test:${port}/`)).toBe("inside");
    expect(await outcome(egress(`http://other.test:${port}/`, get))).toBe("blocked kept");
    expect(await outcome(egress(`https://other.test:${port}/`, get))).toBe("blocked kept");
    expect(await outcome(egress(`http://intern.test:${port + 1}/`, get))).toBe("blocked kept");
    expect(await outcome(egress(`http://127.0.0.1:${port}/`, get))).toBe("blocked kept");
  });

  test("`loopback` is this machine and nothing else private", async () => {
    const port = await listen((_req, res) => res.end("here"));
    expect(await bodyOf(loopback, `http://127.0.0.1:${port}/`)).toBe("here");
    expect(await bodyOf(loopback, `http://localhost:${port}/`)).toBe("here");
    expect(await outcome(loopback("http://10.0.0.1/", get))).toBe("blocked kept");
    expect(await outcome(makeEgress({ allow: ["loopback"], resolve: answering("10.0.0.1") })("http://localhost/", get))).toBe("blocked kept");
  });

  test("a listed name still never leads to a metadata service", async () => {
    const egress = makeEgress({ allow: ["intern.test:80"], resolve: answering("169.254.169.254") });
    expect(await outcome(egress("http://intern.test/", get))).toBe("blocked kept");
  });
});

describe("what an answer may be", () => {
  test.each([301, 302, 303, 307, 308, 300])("a %i is an error, and its target never asked", async (status) => {
    const port = await listen((req, res) => (req.url === "/" ? res.writeHead(status, { location: "/secret" }).end() : res.end("followed")));
    expect(await outcome(loopback(`http://127.0.0.1:${port}/`, get))).toBe("redirect delivered");
  });

  test.each(["gzip", "br", "deflate", "zstd", "x-unknown", "gzip, gzip"])("`%s` is dropped undecoded", async (encoding) => {
    const port = await listen((_req, res) => res.writeHead(200, { "content-encoding": encoding }).end(gzipSync("{}")));
    expect(await outcome(loopback(`http://127.0.0.1:${port}/`, get))).toBe("encoding delivered");
  });

  test("identity is asked for, whatever the caller's headers say", async () => {
    const port = await listen((req, res) => res.writeHead(200, { "content-encoding": "identity" }).end(req.headers["accept-encoding"]));
    expect(await bodyOf(loopback, `http://127.0.0.1:${port}/`, { ...get, headers: { "accept-encoding": "gzip" } })).toBe("identity");
  });

  test("more bytes than allowed are an error, announced or not", async () => {
    const announced = await listen((_req, res) => res.end("x".repeat(1_001)));
    const chunked = await listen((_req, res) => void (res.write("x".repeat(900)) && res.end("x".repeat(101))));
    const fits = await listen((_req, res) => res.end("x".repeat(1_000)));
    expect(await bodyOf(loopback, `http://127.0.0.1:${announced}/`)).toBe("too_large");
    expect(await bodyOf(loopback, `http://127.0.0.1:${chunked}/`)).toBe("too_large");
    expect(await bodyOf(loopback, `http://127.0.0.1:${fits}/`)).toHaveLength(1_000);
  });

  test("headers have a limit", async () => {
    const port = await listen((_req, res) => res.writeHead(200, { "x-long": "x".repeat(40_000) }).end());
    expect(await outcome(loopback(`http://127.0.0.1:${port}/`, get))).toBe("too_large delivered");
  });

  test("a large body arrives whole, chunk by chunk", async () => {
    const port = await listen((_req, res) => res.end(Buffer.alloc(3_000_000, "y")));
    const response = await loopback(`http://127.0.0.1:${port}/`, { ...get, maxBytes: 4_000_000 });
    let bytes = 0;
    for await (const chunk of response.body) bytes += chunk.length;
    expect(bytes).toBe(3_000_000);
  });
});

describe("how long an answer may take", () => {
  test("no headers in time", async () => {
    const port = await listen(() => {});
    expect(await outcome(loopback(`http://127.0.0.1:${port}/`, { ...get, headersTimeoutMs: 50 }))).toBe("timeout delivered");
  });

  test("a body that stops", async () => {
    const port = await listen((_req, res) => void res.write("a"));
    expect(await bodyOf(loopback, `http://127.0.0.1:${port}/`, { ...get, bodyTimeoutMs: 50 })).toBe("timeout");
  });

  test("dripping does not extend the total", async () => {
    const port = await listen((_req, res) => {
      const drip = setInterval(() => res.write("."), 10);
      res.on("close", () => clearInterval(drip));
    });
    expect(await bodyOf(loopback, `http://127.0.0.1:${port}/`, { ...get, totalTimeoutMs: 150 })).toBe("timeout");
  });

  test("a name that never resolves", async () => {
    const egress = makeEgress({ allow: [], resolve: () => new Promise(() => {}) });
    expect(await outcome(egress("https://slow.test/", { ...get, connectTimeoutMs: 50 }))).toBe("timeout kept");
  });

  test("aborting before, while waiting and while reading", async () => {
    const port = await listen((req, res) => void (req.url === "/body" && res.write("a")));
    expect(await outcome(loopback(`http://127.0.0.1:${port}/`, { ...get, signal: AbortSignal.abort() }))).toBe("aborted kept");
    expect(await outcome(loopback(`http://127.0.0.1:${port}/`, { ...get, signal: AbortSignal.timeout(50) }))).toBe("aborted delivered");
    expect(await bodyOf(loopback, `http://127.0.0.1:${port}/body`, { ...get, signal: AbortSignal.timeout(50) })).toBe("aborted");
  });
});

describe("what went wrong", () => {
  test("a dead port, an unknown name, no TLS, a cut connection", async () => {
    const dead = await listen(() => {});
    closers.pop()?.();
    expect(await outcome(loopback(`http://127.0.0.1:${dead}/`, get))).toBe("refused kept");
    const unknown = makeEgress({ allow: [], resolve: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })) });
    expect(await outcome(unknown("https://nowhere.test/", get))).toBe("dns kept");
    const plain = await listen((_req, res) => res.end());
    expect(await outcome(loopback(`https://127.0.0.1:${plain}/`, get))).toBe("tls kept");
    const cutting = createTcpServer((socket) => socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
    await new Promise((resolve) => cutting.once("listening", resolve));
    closers.push(() => cutting.close());
    expect(await outcome(loopback(`http://127.0.0.1:${(cutting.address() as AddressInfo).port}/`, get))).toBe("reset delivered");
  });

  test("a header with a line break never leaves", async () => {
    const port = await listen((_req, res) => res.end());
    expect(await outcome(loopback(`http://127.0.0.1:${port}/`, { ...get, headers: { "x-a": "b\r\nx-c: d" } }))).toBe("invalid_url kept");
  });

  test("connections are kept and used again", async () => {
    const ports = new Set<number>();
    const port = await listen((req, res) => void (ports.add(req.socket.remotePort ?? 0) && res.end("x")));
    for (let i = 0; i < 5; i++) await bodyOf(loopback, `http://127.0.0.1:${port}/`);
    expect(ports.size).toBeLessThanOrEqual(2);
  });
});

describe("connections that carry several exchanges", () => {
  const raw = async (answer: (socket: Socket, count: number) => void) => {
    let count = 0;
    let opened = 0;
    const server = createTcpServer((socket) => {
      opened++;
      socket.on("error", () => {});
      socket.on("data", () => answer(socket, ++count));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    closers.push(() => server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, opened: () => opened };
  };
  const length = (text: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

  test("what follows an answer unasked is never taken for the next one", async () => {
    const egress = makeEgress({ allow: ["loopback"] });
    const { url, opened } = await raw((socket, count) => void socket.write(count === 1 ? `${length("first")}${length("smuggled")}` : length("second")));
    expect(await bodyOf(egress, url)).toBe("first");
    expect(await bodyOf(egress, url)).toBe("second");
    expect(opened()).toBe(2);
  });

  test("who hangs up on an idle connection is called anew", async () => {
    const egress = makeEgress({ allow: ["loopback"] });
    const closed: Promise<unknown>[] = [];
    const { url, opened } = await raw((socket) => {
      closed.push(once(socket, "close"));
      socket.end(length("bye"));
    });
    expect(await bodyOf(egress, url)).toBe("bye");
    await Promise.all(closed);
    expect(await bodyOf(egress, url)).toBe("bye");
    expect(opened()).toBe(2);
  });

  test("more at once than there may be connections wait their turn, and one that gives up costs the others nothing", async () => {
    const egress = makeEgress({ allow: ["loopback"] });
    const waiting: (() => void)[] = [];
    const { url, opened } = await raw((socket) => void waiting.push(() => socket.write(length("done"))));
    const all = Array.from({ length: 130 }, (_, i) => bodyOf(egress, url, { ...get, ...(i === 128 && { signal: AbortSignal.timeout(300) }) }));
    expect(await all[128]).toBe("aborted");
    expect(opened()).toBe(128);
    const answers = Promise.all(all);
    const timer = setInterval(() => {
      for (const answer of waiting.splice(0)) answer();
    }, 5);
    const bodies = await answers.finally(() => clearInterval(timer));
    expect(bodies.filter((body) => body === "done")).toHaveLength(129);
    expect(opened()).toBe(128);
  });
});
