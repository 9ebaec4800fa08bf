import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { asc, eq } from "drizzle-orm";
import { afterAll } from "vitest";
import { calls } from "@/drizzle/schema";
import { groupCommitLog } from "@/lib/activity/group-commit-log";
import type { Database } from "@/lib/db/types";
import { type EndpointParts, makeEndpoint } from "@/lib/endpoint/endpoint";
import { portalPath, serveNode } from "@/lib/endpoint/node-mount";
import { serveWeb } from "@/lib/endpoint/web-mount";
import { UpstreamFailure, type UpstreamReply, type UpstreamRequest, type UpstreamTarget } from "@/lib/mcp/upstream-types";
import { portalResource } from "@/lib/oauth/urls";
import { aCapability, aGrant, anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal } from "@/tests/support/factories";

export type Sent = { method?: string; query?: string; headers?: Record<string, string | undefined>; body?: string | Buffer | AsyncIterable<Buffer> };
export type Got = {
  status: number;
  headers: Headers;
  text: string;
  json: { id?: unknown; result?: Record<string, unknown>; error?: { code: number; message: string; data?: unknown } };
};
export type Mount = { name: string; url: string; send(sent: Sent): Promise<Got>; fetch: typeof fetch };

const listening: Server[] = [];
afterAll(() => {
  for (const server of listening) {
    server.closeAllConnections();
    server.close();
  }
});

/** A portal with one server, one admitted person and their token; the network towards the upstream is the given function. */
export async function aLivePortal(db: Database, parts: Partial<EndpointParts> & { url?: string } = {}) {
  const { org } = await anOrg(db);
  const server = await aServer(db, org.id, parts.url ? { url: parts.url } : {});
  const portal = await aPortal(db, org.id);
  const person = await aPerson(db);
  const policy = await aPolicy(db, org.id, [{ kind: "email_domain", domain: "acme.test" }]);
  await attachToPortal(db, org.id, portal.id, policy.id);
  const resource = portalResource(org.slug, portal.slug);
  const { grant, client, token } = await aGrant(db, portal, person.id, resource);
  const endpoint = makeEndpoint({
    db,
    log: groupCommitLog(db, { durable: false }),
    send: fakeUpstream().send,
    ...quietUpstream,
    loadTarget: targetOf,
    ...parts,
  });
  const tool = await aCapability(db, org.id, server.id, "tool", "echo");
  const rows = async () => {
    await endpoint.flush();
    return db.select().from(calls).where(eq(calls.orgId, org.id)).orderBy(asc(calls.id));
  };
  return { db, org, server, portal, person, policy, grant, client, token, endpoint, resource, tool, rows, path: `/mcp/${org.slug}/${portal.slug}` };
}

export type LivePortal = Awaited<ReturnType<typeof aLivePortal>>;

/** The same with `echo` switched on. */
export async function anEchoPortal(db: Database, parts: Parameters<typeof aLivePortal>[1] = {}) {
  const live = await aLivePortal(db, parts);
  await anAssignment(db, live.org.id, live.portal.id, live.server.id, [live.tool]);
  return live;
}

/** Nothing is announced, and nothing kept open. */
const quietUpstream: Pick<EndpointParts, "listen" | "tell" | "endParty" | "sync"> = {
  listen: () => ({ ready: Promise.resolve() }),
  tell: () => {},
  endParty: () => {},
  sync: async () => {},
};

const targetOf = async (_: Database, orgId: string, serverId: string): Promise<UpstreamTarget> => ({
  orgId,
  serverId,
  url: "http://127.0.0.1:9/mcp",
  headers: {},
  transport: "streamable_http",
  era: "modern",
  protocol: "auto",
  protocolVersion: "2026-07-28",
  callTimeoutMs: 5_000,
});

/** An upstream that answers in memory and remembers what it was asked. */
export function fakeUpstream(answer: (request: UpstreamRequest, target: UpstreamTarget) => FakeReply | Promise<FakeReply> = echo) {
  const asked: { request: UpstreamRequest; target: UpstreamTarget }[] = [];
  const send = async (target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamReply> => {
    asked.push({ request, target });
    const reply = await answer(request, target);
    return reply.kind === "error" ? reply : { raw: JSON.stringify(reply.result), ...reply };
  };
  return { asked, send };
}

/** An upstream that holds every call until it is let go or aborted. */
export function holdingUpstream() {
  const waiting: (() => void)[] = [];
  const upstream = fakeUpstream(
    ({ signal }) =>
      new Promise((resolve, reject) => {
        waiting.push(() => resolve({ kind: "result", result: { content: [] }, bytes: 0 }));
        signal?.addEventListener("abort", () => reject(new UpstreamFailure("cancelled", "It was cancelled.", true)));
      }),
  );
  const arrived = async (count: number) => {
    while (upstream.asked.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { ...upstream, arrived, release: () => waiting.splice(0).map((letGo) => letGo()) };
}

type FakeReply = UpstreamReply | (Omit<UpstreamReply & { kind: "result" }, "raw"> & { raw?: string });

function echo({ params }: UpstreamRequest): FakeReply {
  const args = (params.arguments ?? {}) as { message?: string };
  return { kind: "result", bytes: 10, result: { content: [{ type: "text", text: `Echo: ${args.message}` }] } };
}

/** Both mounts of one endpoint, spoken to in the same way. */
export async function mountsOf({ endpoint, path, org, portal }: LivePortal): Promise<Mount[]> {
  const server = createServer((req, res) => {
    const address = portalPath(req.url);
    if (address) serveNode(endpoint, address, req, res);
    else res.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  listening.push(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const viaRoute = (request: Request) => serveWeb(endpoint, { orgSlug: org.slug, portalSlug: portal.slug }, request);
  return [
    { name: "node:http", url, send: (sent) => overHttp(`${url}${sent.query ?? ""}`, sent), fetch },
    {
      name: "route handler",
      url: `http://localhost:3000${path}`,
      send: async (sent) => {
        const headers = new Headers(defined({ host: "localhost:3000", ...sent.headers }));
        const body = sent.body as BodyInit | undefined;
        const response = await viaRoute(
          new Request(`http://localhost:3000${path}${sent.query ?? ""}`, { method: sent.method ?? "POST", headers, body, duplex: "half" } as RequestInit),
        );
        return got(response.status, response.headers, await response.text());
      },
      fetch: async (input, init) => {
        const request = new Request(input, init);
        request.headers.set("host", "localhost:3000");
        return viaRoute(request);
      },
    },
  ];
}

function overHttp(url: string, sent: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const req = httpRequest(url, { method: sent.method ?? "POST", headers: defined(sent.headers ?? {}), agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () => {
        const headers = new Headers();
        for (const [name, value] of Object.entries(res.headers)) headers.set(name, String(value));
        resolve(got(res.statusCode ?? 0, headers, Buffer.concat(chunks).toString()));
      });
    });
    req.on("error", reject);
    if (sent.body !== undefined && typeof sent.body !== "string" && !Buffer.isBuffer(sent.body)) void pour(sent.body, req).catch(() => {});
    else req.end(sent.body);
  });
}

async function pour(body: AsyncIterable<Buffer>, req: ReturnType<typeof httpRequest>): Promise<void> {
  for await (const chunk of body) if (!req.destroyed) req.write(chunk);
  req.end();
}

function got(status: number, headers: Headers, text: string): Got {
  const json = headers.get("content-type")?.includes("json") ? (JSON.parse(text) as Got["json"]) : {};
  return { status, headers, text, json };
}

const defined = (headers: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));

export const legacyHeaders = (token: string) => ({
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  authorization: `Bearer ${token}`,
  "mcp-protocol-version": "2025-11-25",
});

export const message = (method: string, params?: object, id: unknown = 1) => JSON.stringify({ jsonrpc: "2.0", id, method, ...(params && { params }) });

export const modernMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
};

export const modernHeaders = (token: string, method: string, name?: string) => ({
  ...legacyHeaders(token),
  "mcp-protocol-version": "2026-07-28",
  "mcp-method": method,
  "mcp-name": name,
});

export const modernMessage = (method: string, params: object = {}, id: unknown = 1) => message(method, { ...params, _meta: modernMeta }, id);
