import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { JsonObject } from "@/drizzle/schema/servers";
import { Sessions } from "@/tests/conformance/fixture/sessions";
import { featureServer, type World } from "./feature-server";
import { oldSseSessions } from "./old-sse-sessions";

export type UpstreamKind = "new" | "old" | "2024 SSE";
export type Heard = { http: string; method: string | null; params: JsonObject; answer: boolean; headers: IncomingMessage["headers"] };
export type FeatureUpstream = {
  url: string;
  world: World;
  /** Every message that arrived, in order. */
  heard: Heard[];
  seen(method: string): Heard[];
  /** Ends as with a kill: nothing answers there until `start`. */
  stop(): Promise<void>;
  /** Starts anew, without any of the sessions; requests that name one are answered with that status. */
  start(unknownSession?: 404 | 400): Promise<void>;
};

type Life = {
  answer(req: IncomingMessage, body: Buffer, res: ServerResponse): Promise<void>;
  updated(uri: string): void;
  toolsChanged(): void;
  close(): Promise<void>;
};

/** An upstream with every feature, of 2026-07-28, of 2025-11-25 with sessions, or with the transport of 2024-11-05. */
export async function startFeatureUpstream(kind: UpstreamKind): Promise<FeatureUpstream> {
  const heard: Heard[] = [];
  let life: Life | null = null;
  let server: Server | null = null;
  let port = 0;
  const announce: World["announce"] = { toolsChanged: () => life?.toolsChanged(), updated: (uri) => life?.updated(uri) };
  const world: World = { era: kind === "new" ? "modern" : "legacy", hasSpare: true, events: [], declared: [], subscribed: new Set(), announce };
  const start = async (unknownSession: 404 | 400 = 404) => {
    const born = lives[kind](world, unknownSession);
    life = born;
    server = createServer((req, res) => {
      receive(req, heard)
        .then((body) => born.answer(req, body, res))
        .catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined));
    });
    const listening = server;
    await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
    port = (listening.address() as AddressInfo).port;
  };
  const stop = async () => {
    const [dying, dead] = [server, life];
    server = null;
    life = null;
    dying?.closeAllConnections();
    await new Promise((resolve) => (dying ? dying.close(resolve) : resolve(null)));
    await dead?.close();
  };
  await start();
  const url = `http://127.0.0.1:${port}${kind === "2024 SSE" ? "/sse" : "/mcp"}`;
  return { url, world, heard, seen: (method) => heard.filter((one) => one.method === method), stop, start };
}

const lives: Record<UpstreamKind, (world: World, unknownSession: 404 | 400) => Life> = {
  new: (world) => {
    const handler = createMcpHandler(() => featureServer(world), { legacy: "reject" });
    return {
      answer: (req, body, res) => throughWeb(req, body, res, (request) => handler.fetch(request)),
      updated: (uri) => handler.notify.resourceUpdated(uri),
      toolsChanged: () => handler.notify.toolsChanged(),
      close: () => handler.close(),
    };
  },
  old: (world, unknownSession) => {
    const sessions = new Sessions(() => featureServer(world));
    const known = new Set<string>();
    const serve = async (request: Request) => {
      const id = request.headers.get("mcp-session-id");
      if (id && !known.has(id)) return new Response(null, { status: unknownSession });
      const response = await sessions.serve(request);
      known.add(response.headers.get("mcp-session-id") ?? "");
      return response;
    };
    return {
      answer: (req, body, res) => throughWeb(req, body, res, serve),
      updated: (uri) => sessions.each(({ server }) => void server.sendResourceUpdated({ uri }).catch(() => {})),
      toolsChanged: () => sessions.each((server) => server.sendToolListChanged()),
      close: () => sessions.close(),
    };
  },
  "2024 SSE": (world) => oldSseSessions(world),
};

async function receive(req: IncomingMessage, heard: Heard[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const message = (body.length > 0 ? JSON.parse(body.toString()) : {}) as JsonObject;
  heard.push({
    http: req.method ?? "",
    method: typeof message.method === "string" ? message.method : null,
    params: (message.params ?? {}) as JsonObject,
    answer: message.method === undefined && message.id !== undefined,
    headers: req.headers,
  });
  return body;
}

async function throughWeb(req: IncomingMessage, body: Buffer, res: ServerResponse, answer: (request: Request) => Promise<Response>): Promise<void> {
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) if (value !== undefined) headers.set(name, String(value));
  const response = await answer(
    new Request(`http://${req.headers.host}${req.url}`, {
      method: req.method,
      headers,
      signal: gone.signal,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    }),
  );
  res.writeHead(response.status, Object.fromEntries(response.headers));
  res.flushHeaders();
  if (!response.body) res.end();
  // A client that leaves is no error of the server's.
  else await pipeline(Readable.fromWeb(response.body as ReadableStream), res).catch(() => {});
}
