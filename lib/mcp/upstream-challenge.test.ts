import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { challengeOf, inspectUpstream, sendUpstream } from "./upstream";
import { isUpstreamFailure, type UpstreamTarget } from "./upstream-types";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Message = { id: number; method: string };

async function listen(handler: (message: Message, response: ServerResponse) => void): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => handler((await json(request)) as Message, response);
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

let serial = 0;
const targetOf = (url: string, era: UpstreamTarget["era"] = null): UpstreamTarget => ({
  ...{ orgId: "org", serverId: `challenge ${serial++}`, url, headers: {}, era },
  ...{ transport: era && "streamable_http", protocol: "auto", protocolVersion: null, callTimeoutMs: 2_000 },
});
const party = { key: "ana", capabilities: {}, logLevel: null };
const challengeFrom = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    (error: unknown) => isUpstreamFailure(error) && challengeOf(error),
  );

describe("what a server asks for when it refuses is told to whoever obtains credentials", () => {
  const challenge = 'Bearer error="insufficient_scope", scope="write"';

  test.each([401, 403])("%i to a call of either era and to an inspection", async (status) => {
    const url = await listen((_message, response) => response.writeHead(status, { "www-authenticate": challenge }).end());
    const call = { method: "tools/list", params: {}, party };
    expect(await challengeFrom(sendUpstream(targetOf(url, "modern"), call))).toBe(challenge);
    expect(await challengeFrom(sendUpstream(targetOf(url, "legacy"), call))).toBe(challenge);
    expect(await challengeFrom(inspectUpstream(targetOf(url)))).toBe(challenge);
  });

  test("a refusal without one, and any other failure, ask for nothing", async () => {
    const silent = await listen((_message, response) => response.writeHead(401).end());
    const broken = await listen((_message, response) => response.writeHead(500, { "www-authenticate": challenge }).end());
    expect(await challengeFrom(inspectUpstream(targetOf(silent)))).toBe(null);
    expect(await challengeFrom(inspectUpstream(targetOf(broken)))).toBe(null);
  });
});

test("a server that refuses our version and names one that we speak is asked again in that, once", async () => {
  const asked: string[] = [];
  const refusals = { left: 1 };
  const url = await listen(({ id, method }, response) => {
    asked.push(method);
    const isRefused = refusals.left-- > 0;
    const error = { code: -32022, message: "no", data: { supported: ["2026-07-28"] } };
    const result = { supportedVersions: ["2026-07-28"], capabilities: {}, tools: [] };
    response.writeHead(isRefused ? 400 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...(isRefused ? { error } : { result }) }));
  });
  expect(await inspectUpstream(targetOf(url))).toMatchObject({ era: "modern", protocolVersion: "2026-07-28" });
  expect(asked).toEqual(["server/discover", "server/discover", "tools/list"]);
  asked.length = 0;
  refusals.left = 10;
  await expect(inspectUpstream(targetOf(url))).rejects.toThrow();
  expect(asked).toEqual(["server/discover", "server/discover", "initialize"]);
});
