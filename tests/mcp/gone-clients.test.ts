import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { serveNode } from "@/lib/endpoint/node-mount";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { anEchoPortal, legacyHeaders } from "./harness";

const live = await anEchoPortal(await testDatabase());
const address = { orgSlug: live.org.slug, portalSlug: live.portal.slug };
const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

test.each<[string, (req: IncomingMessage) => Promise<unknown>]>([
  ["while its body is on the way", async () => {}],
  ["before anybody has read of it", (req) => new Promise((resolve) => req.on("close", resolve))],
])("a client that leaves %s occupies nothing, and is no fault for the operator", async (_when, before) => {
  const said = vi.spyOn(process.stderr, "write");
  onTestFinished(() => said.mockRestore());
  const served = new Promise<void>((resolve, reject) => {
    const server = createServer((req, res) => {
      before(req)
        .then(() => serveNode(live.endpoint, address, req, res))
        .then(resolve, reject);
      leave();
    });
    let leave = () => {};
    closers.push(() => server.close());
    server.listen(0, "127.0.0.1", () => {
      const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
      leave = () => void client.destroy();
      const headers = { host: "localhost:3000", ...legacyHeaders(live.token), "content-length": "100" };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      client.write(`POST ${live.path} HTTP/1.1\r\n${lines.join("")}\r\n{"jsonrpc":`);
    });
  });
  await served;
  await eventually(() => expect(live.endpoint.overload.size).toBe(0));
  await new Promise((resolve) => setImmediate(resolve));
  expect(said.mock.calls.flat().join("")).not.toContain('"event":"fault"');
});
