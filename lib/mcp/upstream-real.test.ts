import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inspectUpstream, sendUpstream } from "./upstream";
import type { UpstreamTarget } from "./upstream-types";

const root = join(import.meta.dirname, "..", "..");
const everything = join(root, "node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A third-party server as a process of its own, on loopback only; ready when it can be inspected. */
async function startReal(args: (port: number) => string[], path: string, env: Record<string, string> = {}): Promise<UpstreamTarget> {
  const port = await freePort();
  const preload = `--require=${join(root, "tests/support/loopback.cjs")}`;
  const child = spawn(process.execPath, args(port), { env: { ...process.env, NODE_OPTIONS: preload, PORT: String(port), ...env }, stdio: "ignore" });
  children.push(child);
  const url = `http://127.0.0.1:${port}${path}`;
  const target = { orgId: "org", serverId: `real-${port}`, url, headers: {}, transport: null, era: null, protocolVersion: null, callTimeoutMs: 10_000 };
  await expect
    .poll(
      () =>
        inspectUpstream(target).then(
          () => true,
          (error) => error.cause_,
        ),
      { timeout: 40_000, interval: 250 },
    )
    .toBe(true);
  return target;
}

const sum = { method: "tools/call", params: { name: "get-sum", arguments: { a: 2, b: 3 } }, sessionKey: "ana" };

test.each([
  ["server-everything, Streamable HTTP", (_port: number) => [everything, "streamableHttp"], "/mcp", { era: "legacy", transport: "streamable_http" }],
  ["server-everything, HTTP+SSE", (_port: number) => [everything, "sse"], "/sse", { era: "legacy", transport: "sse" }],
  [
    "mcp-proxy in front of a stdio server",
    (port: number) => [
      join(root, "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"),
      "--port",
      String(port),
      "--host",
      "127.0.0.1",
      "--",
      process.execPath,
      everything,
      "stdio",
    ],
    "/mcp",
    { era: "modern", transport: "streamable_http" },
  ],
] as const)("%s is inspected and called", { timeout: 60_000 }, async (_name, args, path, expected) => {
  const target = await startReal(args, path);
  const found = await inspectUpstream(target);
  expect(found).toMatchObject(expected);
  expect(found.tools.map((tool) => tool.name)).toEqual(expect.arrayContaining(["echo", "get-sum"]));
  expect(found.prompts.length).toBeGreaterThan(0);
  expect(found.resources.length).toBeGreaterThan(0);
  const reply = await sendUpstream(target, sum);
  expect(JSON.stringify(reply)).toContain("is 5");
});
