import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import type { Database } from "@/lib/db/types";
import { env } from "@/lib/env";
import { type Egress, EgressError, makeEgress } from "@/lib/egress/request";
import { portalPath } from "@/lib/endpoint/node-mount";
import { serveWeb } from "@/lib/endpoint/web-mount";
import { forget, singleton } from "@/lib/singleton";
import { anEchoPortal } from "../mcp/harness";
import { frontDoorFetch } from "../oauth/front-door";

/** What stands between apps and Gatehouse, and is not as it should be. */
export type Fault = {
  /** Answers by itself, or lets it pass with null. `never` answers never. */
  answers?: (path: string, method: string) => Response | "never" | null;
  /** Header fields of the request that do not arrive. */
  eats?: string[];
  /** Header fields of the answer that do not arrive. */
  drops?: string[];
  /** What becomes of the body of an answer. */
  rewrites?: (path: string, text: string) => string;
  host?: string;
};

/** Gatehouse's own route handlers and endpoint as a real HTTP server on loopback, behind a proxy that may be broken. */
export async function aFrontDoorServer(db: Database) {
  const door = frontDoorFetch(db);
  const { endpoint } = await anEchoPortal(db);
  const scene = { fault: {} as Fault, url: "" };
  const answer = async (req: IncomingMessage, body: Buffer): Promise<Response | null> => {
    const { fault } = scene;
    const path = req.url ?? "/";
    const own = fault.answers?.(path, req.method ?? "GET");
    if (own === "never") return null;
    if (own) return own;
    const headers = new Headers(
      Object.entries(req.headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])) as [string, string][],
    );
    for (const name of fault.eats ?? []) headers.delete(name);
    headers.set("host", fault.host ?? new URL(env().publicUrl).host);
    const request = new Request(`${env().publicUrl}${path}`, { method: req.method, headers, ...(body.length > 0 && { body: new Uint8Array(body) }) });
    request.headers.set("host", headers.get("host") ?? "");
    const portal = portalPath(path);
    return portal ? serveWeb(endpoint, portal, request) : door(request);
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => void answer(req, Buffer.concat(chunks)).then((response) => response && send(scene.fault, req.url ?? "/", response, res)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scene.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return scene;
}

async function send(fault: Fault, path: string, response: Response, res: ServerResponse): Promise<void> {
  const text = await response.text();
  for (const [name, value] of response.headers) if (!fault.drops?.includes(name) && name !== "content-length") res.setHeader(name, value);
  res.writeHead(response.status).end(fault.rewrites?.(path, text) ?? text);
}

/** Settings as of now; what was made with others is forgotten. */
export function settings(given: Record<string, string>): void {
  for (const [name, value] of Object.entries(given)) process.env[name] = value;
  for (const key of ["env", "own-origin", "from-outside"] as const) forget(key);
}

/** The network outside, where two documents lie, or nothing at all. */
export function theInternet(isThere: boolean): void {
  const loopback = makeEgress({ allow: ["loopback"] });
  const documents: Record<string, string[]> = {
    "https://claude.ai/oauth/mcp-oauth-client-metadata": ["https://claude.ai/api/mcp/auth_callback"],
    "https://claude.ai/oauth/claude-code-client-metadata": ["http://localhost/callback", "http://127.0.0.1/callback"],
  };
  const egress: Egress = async (url, options) => {
    const redirects = documents[String(url)];
    if (!redirects) return loopback(url, options);
    if (!isThere) throw new EgressError("dns", false, "the name has no address");
    const text = JSON.stringify({ client_id: String(url), client_name: "Claude", redirect_uris: redirects });
    return { status: 200, headers: { "content-type": "application/json" }, text: async () => text, dump: () => {}, body: [] as never };
  };
  forget("egress");
  singleton("egress", () => egress);
}
