import type { IncomingMessage, ServerResponse } from "node:http";
import { clientAddress } from "@/lib/auth/client-address";
import { env } from "@/lib/env";
import { bytesOf } from "@/lib/mcp/answers";
import type { Pour } from "@/lib/mcp/pour";
import type { EventStream } from "@/lib/mcp/event-stream";
import { reportFault } from "@/lib/report";
import { type Stop, Stopper } from "@/lib/stop";
import type { Endpoint } from "./endpoint";
import type { PortalAddress } from "./admit";
import { handleMcp, type McpInput, type McpOutput } from "./handle";
import { overloaded } from "./limited";

/** The slugs in a portal's path, or null for any other path. A query string is ignored: it can neither widen nor authenticate. */
export function portalPath(url: string | undefined): { orgSlug: string; portalSlug: string } | null {
  const found = /^\/mcp\/([^/?#]+)\/([^/?#]+)\/?(?:[?#]|$)/.exec(url ?? "");
  return found?.[1] && found[2] ? { orgSlug: found[1], portalSlug: found[2] } : null;
}

export type FrontDoor = {
  /** The other end of the connection. */
  peer?: string;
  /** Has another process of ours answer; false when it cannot be reached. Absent where the request was handed on already. */
  handOn?: (socket: string, body: Buffer) => Promise<boolean>;
};

const gone: McpOutput = { status: 503, headers: { "retry-after": "1" }, body: null };

/** The fast lane: the endpoint straight on node:http. */
export function serveNode(endpoint: Endpoint, address: PortalAddress, req: IncomingMessage, res: ServerResponse, door: FrontDoor = {}): void {
  // Refusing has to cost as little as can be, so until a request is taken nothing is made for it but this.
  const decided = (isTaken: boolean) =>
    isTaken
      ? void begin(endpoint, address, req, res, door)
      : send(
          overloaded((name) => headerOf(req, name)),
          res,
        );
  if (endpoint.overload.enter(decided)) void begin(endpoint, address, req, res, door);
}

function begin(
  endpoint: Endpoint,
  address: PortalAddress,
  req: IncomingMessage,
  res: ServerResponse,
  { peer = req.socket.remoteAddress ?? "", handOn }: FrontDoor,
): Promise<void> {
  return handleMcp(endpoint, inputOf(address, req, res, peer, handOn !== undefined)).then(
    (output) => {
      if (!output.elsewhere || !handOn) return send(output, res);
      return handOn(output.elsewhere.socket, output.elsewhere.body).then((isAnswered) => (isAnswered ? undefined : send(gone, res)));
    },
    (error: unknown) => {
      reportFault(error);
      send({ status: 500, headers: {}, body: null }, res);
    },
  );
}

function headerOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

function inputOf(address: PortalAddress, req: IncomingMessage, res: ServerResponse, peer: string, mayHandOn: boolean): McpInput {
  return {
    method: req.method ?? "GET",
    orgSlug: address.orgSlug,
    portalSlug: address.portalSlug,
    context: contextOf(req.url),
    header: (name) => headerOf(req, name),
    read: (bytesMax) => readRequest(req, bytesMax),
    signal: () => goneSignal(res),
    ip: addressOf(req, peer),
    mayHandOn,
  };
}

// Without proxies the socket is the whole truth; only then is the header's parsing worth its cost.
function addressOf(req: IncomingMessage, peer: string): string {
  if (env().TRUSTED_PROXIES.length === 0) return peer.startsWith("::ffff:") ? peer.slice(7) : peer;
  return clientAddress(new Headers({ "x-forwarded-for": String(req.headers["x-forwarded-for"] ?? "") }), peer);
}

function readRequest(req: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  // It is gone already, so nothing more will be heard of it.
  if (req.destroyed) return Promise.resolve(null);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else {
        // What still arrives is not kept; the answer closes the connection.
        chunks.length = 0;
        resolve(null);
      }
    });
    req.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    // Who went away while sending hears no answer, whichever it is, and is no fault of ours.
    for (const event of ["error", "close"]) req.on(event, () => resolve(null));
  });
}

function goneSignal(res: ServerResponse): Stop {
  const stopper = new Stopper();
  if (res.destroyed) stopper.abort();
  else {
    res.once("close", () => {
      if (!res.writableFinished) stopper.abort();
    });
  }
  return stopper;
}

function send({ status, headers, body, stream, pour }: McpOutput, res: ServerResponse): void {
  if (res.destroyed || res.headersSent) {
    stream?.gone();
    pour?.gone();
  } else if (pour) pass(pour, status, headers, res);
  else if (stream) keepOpen(stream, headers, res);
  else {
    res.writeHead(status, flat(headers, bytesOf(body)));
    if (body === null || typeof body === "string") res.end(body ?? undefined);
    else {
      res.cork();
      for (const piece of body) res.write(piece);
      res.end();
    }
  }
}

// Names and values in turn, which is how Node likes them; putting the length to the object would copy it.
function flat(headers: Record<string, string>, bytes: number): string[] {
  const all: string[] = [];
  for (const name in headers) all.push(name, headers[name] as string);
  all.push("content-length", String(bytes));
  return all;
}

function keepOpen(stream: EventStream, headers: Record<string, string>, res: ServerResponse): void {
  res.writeHead(200, headers);
  res.flushHeaders();
  res.on("drain", () => stream.drained());
  res.on("close", () => stream.gone());
  stream.attach({ write: (text) => res.write(text), close: () => void res.end(), cut: () => void res.destroy() });
}

/** What may wait to be sent before the reader counts as behind: more of it, and much survives a collection of what has passed. */
const pourBytesMax = 131_072;

function pass(pour: Pour, status: number, headers: Record<string, string>, res: ServerResponse): void {
  res.writeHead(status, headers);
  res.on("drain", () => pour.drained());
  res.on("close", () => pour.gone());
  let isGathering = false;
  pour.attach({
    // What arrives in one turn of the event loop leaves in one piece: an answer of 64 KiB comes in two, and a write costs more than what is in it.
    write(pieces) {
      if (!isGathering) {
        isGathering = true;
        res.cork();
        setImmediate(() => {
          isGathering = false;
          // Its end has sent everything.
          if (!res.writableEnded) res.uncork();
        });
      }
      for (const piece of pieces) res.write(piece);
      return res.writableLength < pourBytesMax;
    },
    end: () => void res.end(),
    destroy: () => void res.destroy(),
  });
}

function contextOf(url: string | undefined): string | undefined {
  const query = url?.indexOf("?") ?? -1;
  return query < 0 ? undefined : (new URLSearchParams(url?.slice(query)).get("context") ?? undefined);
}
