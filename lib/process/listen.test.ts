import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, expect, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { cutStuckReaders, httpLimits } from "./listen";

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function stuckAfter(ms: number, listener: RequestListener) {
  const server = createServer(httpLimits, listener);
  cutStuckReaders(server, ms);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  closers.push(() => client.destroy());
  client.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const [peer] = (await once(server, "connection")) as [Socket];
  return { server, client, peer };
}

test("a reader that takes nothing is cut off, whoever wrote the answer and whether it is complete", async () => {
  const { client, peer } = await stuckAfter(200, (_req, res) => res.end(Buffer.alloc(50_000_000)));
  client.pause();
  await eventually(() => expect(peer.destroyed).toBe(true));
});

test("a reader that is slow, and one that waits for its answer, are not", async () => {
  let answer = () => {};
  const { client, peer } = await stuckAfter(1_000, (_req, res) => {
    answer = () => void res.end(Buffer.alloc(50_000_000));
  });
  await once(peer, "timeout");
  expect(peer.destroyed).toBe(false);
  const began = performance.now();
  answer();
  let taken = 0;
  client.on("data", (chunk: Buffer) => {
    taken += chunk.length;
    client.pause();
    setTimeout(() => client.resume(), 4);
  });
  await eventually(() => expect(taken).toBeGreaterThan(50_000_000), 30_000);
  expect(performance.now() - began).toBeGreaterThan(1_500);
});
