import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { inspectUpstream } from "@/lib/mcp/upstream";
import type { UpstreamTarget } from "@/lib/mcp/upstream-types";

const root = join(import.meta.dirname, "..", "..");
export const everything = join(root, "node_modules/@modelcontextprotocol/server-everything/dist/index.js");
export const mcpProxy = join(root, "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Third-party servers of one test file, each a process of its own on loopback only. */
export function realServers() {
  const children: ChildProcess[] = [];
  return {
    endAll(): void {
      for (const child of children) child.kill("SIGKILL");
    },
    /** Ready when it can be inspected. */
    async start(args: (port: number) => string[], path: string): Promise<UpstreamTarget> {
      const port = await freePort();
      const preload = `--require=${join(root, "tests/support/loopback.cjs")}`;
      children.push(spawn(process.execPath, args(port), { env: { ...process.env, NODE_OPTIONS: preload, PORT: String(port) }, stdio: "ignore" }));
      const place = { orgId: "org", serverId: `real-${port}`, url: `http://127.0.0.1:${port}${path}`, headers: {} };
      const target = { ...place, transport: null, era: null, protocol: "auto" as const, protocolVersion: null, callTimeoutMs: 10_000 };
      const finding = () =>
        inspectUpstream(target).then(
          () => true,
          (error) => error.cause_,
        );
      await vi.waitFor(async () => expect(await finding()).toBe(true), { timeout: 40_000, interval: 250 });
      return target;
    },
  };
}
