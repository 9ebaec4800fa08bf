import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import type { Endpoint } from "@/lib/endpoint/endpoint";
import { portalPath, serveNode } from "@/lib/endpoint/node-mount";

/** An address behind which one process can die, and another take its place. */
export async function aMovableMount(first: Endpoint, path: string) {
  let endpoint = first;
  const server = createServer((req, res) => {
    const address = portalPath(req.url);
    if (address) serveNode(endpoint, address, req, res);
    else res.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  afterAll(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    /** Every connection breaks, as when a process is killed; the next request meets the other one. */
    replaceBy(other: Endpoint) {
      endpoint = other;
      server.closeAllConnections();
    },
  };
}
