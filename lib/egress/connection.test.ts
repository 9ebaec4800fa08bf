import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { Connection } from "./connection";

afterEach(() => {
  vi.useRealTimers();
});

/** What becomes of a connection whose answer was not read for so long; its server says that it hangs up after five seconds. */
async function afterPauseOf(ms: number): Promise<"kept" | "closed"> {
  vi.useFakeTimers({ toFake: ["performance"] });
  const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.write(answer))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  const fate = new Promise<"kept" | "closed">((resolve, reject) => {
    const connection = new Connection(socket, { released: () => resolve("kept"), closed: () => resolve("closed") });
    let isHeldUp = false;
    const data = () => {
      if (isHeldUp) return;
      isHeldUp = true;
      connection.pause();
      vi.advanceTimersByTime(ms);
      setImmediate(() => connection.resume());
    };
    const carried = { begin() {}, head() {}, data, end() {}, fail: reject };
    connection.carry(carried, { head: "GET / HTTP/1.1\r\nhost: there\r\n\r\n", body: undefined });
  });
  return fate.finally(() => {
    socket.destroy();
    server.close();
  });
}

const body = "x".repeat(1_000_000);
const answer = `HTTP/1.1 200 OK\r\nkeep-alive: timeout=5\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test("an answer that its reader held up for a moment leaves a connection for the next request", async () => {
  expect(await afterPauseOf(1_000)).toBe("kept");
});

test("one that was held up for so long that the server may be hanging up does not: the next request would be lost", async () => {
  expect(await afterPauseOf(4_000)).toBe("closed");
});
