import type { IncomingMessage, ServerResponse } from "node:http";
import { peerHeader } from "@/lib/auth/client-address";
import type { Traffic } from "@/lib/endpoint/drain";
import type { Endpoint } from "@/lib/endpoint/endpoint";
import { isReady } from "@/lib/endpoint/health";
import { portalPath, serveNode } from "@/lib/endpoint/node-mount";
import { isOurHost } from "@/lib/endpoint/origin";
import { peers } from "@/lib/peers";
import { reportFault } from "@/lib/report";
import { fromHeader, handOn } from "./hand-on";

export type Pages = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export type Door = {
  traffic: Traffic;
  /** Serves portals; null where pages alone are served. */
  endpoint: Endpoint | null;
  /** Pages of this process, or `elsewhere` in the process that the supervisor names, or none. */
  pages: Pages | "elsewhere" | null;
};

const noStore = { "cache-control": "no-store" };

/** Where a request goes. What tells whether the process is well comes before everything else. */
export function openDoor({ traffic, endpoint, pages }: Door): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    traffic.enter(res);
    if (req.url === "/livez") return void res.writeHead(200, noStore).end();
    if (req.url === "/readyz") return void isReady().then((ready) => res.writeHead(ready && isWhole(pages) ? 200 : 503, noStore).end());
    const peer = req.socket.remoteAddress ?? "";
    // Only our own processes may say whom they speak for.
    delete req.headers[fromHeader];
    const portal = endpoint && portalPath(req.url);
    if (portal) void toPortal(endpoint, portal, req, res, peer);
    else if (!isOurHost(req.headers.host)) res.writeHead(421, noStore).end("This server is reached under another name.\n");
    else if (pages) void toPages(pages, req, res, peer);
    else res.writeHead(404, noStore).end("This process serves no pages.\n");
  };
}

/** The door of the socket through which our other processes hand requests on; they go no further from here. */
export function openInnerDoor({ traffic, endpoint, pages }: Door): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    traffic.enter(res);
    const peer = String(req.headers[fromHeader] ?? "");
    delete req.headers[fromHeader];
    const portal = endpoint && portalPath(req.url);
    if (portal) serveNode(endpoint, portal, req, res, { peer });
    else if (typeof pages === "function") void toPages(pages, req, res, peer);
    else res.writeHead(404, noStore).end();
  };
}

/** The supervisor tells who else there is once the pages have started; whoever waits for us may want one at once. */
const isWhole = (pages: Door["pages"]) => pages !== "elsewhere" || peers().living.length > 0;

async function toPortal(endpoint: Endpoint, portal: { orgSlug: string; portalSlug: string }, req: IncomingMessage, res: ServerResponse, peer: string) {
  const session = req.headers["mcp-session-id"];
  if (typeof session === "string") {
    const all = peers();
    const place = all.placeOf(session);
    const socketPath = place === all.place ? null : all.sockets[place];
    // A place that is empty just now is no reason to refuse: the session is a row, and is opened again from it here.
    const handed = socketPath ? await handOn(req, res, { socketPath, from: peer }) : "unreachable";
    if (handed === "broken") return void res.writeHead(503, { ...noStore, "retry-after": "1" }).end();
    if (handed === "answered") return;
  }
  serveNode(endpoint, portal, req, res, {
    peer,
    handOn: async (socketPath, body) => (await handOn(req, res, { socketPath, from: peer, body })) === "answered",
  });
}

async function toPages(pages: Pages | "elsewhere", req: IncomingMessage, res: ServerResponse, peer: string): Promise<void> {
  if (pages === "elsewhere") {
    const socketPath = peers().pages;
    if (socketPath !== null && (await handOn(req, res, { socketPath, from: peer })) === "answered") return;
    res.writeHead(503, { ...noStore, "retry-after": "2" }).end("The pages are starting. Try again in a moment.\n");
    return;
  }
  const { name, value } = peerHeader(peer);
  req.headers[name] = value;
  try {
    await pages(req, res);
  } catch (error) {
    reportFault(error);
    if (!res.headersSent) res.writeHead(500, noStore);
    res.end();
  }
}
