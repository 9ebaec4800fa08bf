import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { singleton } from "@/lib/singleton";

/** The address of the client, from one of our processes to another; only sockets in a directory of our own are believed it. */
export const fromHeader = "x-gatehouse-from";

const ofOneHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);
/** Only a connection that nobody uses is closed after the time, and by us, so never just when the other side takes a request. */
const agent = () => singleton("hand-on", () => new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 30_000 }));

export type HandOn = {
  /** The socket of the process that should answer. */
  socketPath: string;
  from: string;
  /** The body, where it was read already. */
  body?: Buffer;
};

/** `unreachable`: nothing of the request is gone, so another may answer it. `broken`: it may have been begun, and nothing was answered. */
export type HandedOn = "answered" | "unreachable" | "broken";

/**
 * Has another process of ours answer a request: its bytes are passed on as they come, with back-pressure both ways, and whoever
 * leaves first takes the other side along.
 */
export function handOn(req: IncomingMessage, res: ServerResponse, { socketPath, from, body }: HandOn): Promise<HandedOn> {
  // Nobody waits for it any more, and nobody would say that it is over.
  if (res.destroyed) return Promise.resolve("answered");
  return new Promise((resolve) => {
    let isBegun = false;
    const out = request({ socketPath, agent: agent(), method: req.method, path: req.url, headers: passedOn(req, from, body) });
    out.on("response", (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.statusMessage, rawHeaders(answer, res));
      // A stream may have nothing to say for a while.
      res.flushHeaders();
      answer.pipe(res);
      answer.on("error", () => res.destroy());
      answer.on("close", () => answer.complete || res.destroy());
    });
    out.on("error", () => {
      if (res.headersSent) res.destroy();
      else resolve(isBegun ? "broken" : "unreachable");
    });
    res.on("close", () => {
      if (!res.writableFinished) out.destroy();
      resolve("answered");
    });
    const send = () => {
      isBegun = true;
      if (body || !hasBody(req)) out.end(body);
      else req.pipe(out);
    };
    // Nothing of the body is taken before there is somebody to take it.
    out.on("socket", (socket) => (socket.connecting ? socket.once("connect", send) : send()));
  });
}

const hasBody = ({ headers }: IncomingMessage) => headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

function passedOn(req: IncomingMessage, from: string, body: Buffer | undefined): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(req.headers)) if (value !== undefined && !ofOneHop.has(name)) headers[name] = value;
  headers[fromHeader] = from;
  if (body) headers["content-length"] = String(body.length);
  else if (req.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  return headers;
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage, res: ServerResponse): string[] {
  const kept: string[] = res.shouldKeepAlive ? [] : ["connection", "close"];
  for (let i = 0; i < raw.length; i += 2) {
    const [name = "", value = ""] = [raw[i], raw[i + 1]];
    if (!ofOneHop.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
