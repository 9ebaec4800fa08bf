import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createProbe } from "node:net";
import { markForeignInterrupted } from "@/lib/activity/interrupted";
import { peerHeader } from "@/lib/auth/client-address";
import { ensureSetupCode } from "@/lib/auth/setup-code";
import { masterKeys } from "@/lib/crypto/keys";
import { openedDatabase } from "@/lib/db";
import { Traffic } from "@/lib/endpoint/drain";
import type { Endpoint } from "@/lib/endpoint/endpoint";
import { isReady, lifecycle } from "@/lib/endpoint/health";
import { portalPath, serveNode } from "@/lib/endpoint/node-mount";
import { openEndpoint } from "@/lib/endpoint/open";
import { isOurHost } from "@/lib/endpoint/origin";
import { startupReport } from "@/lib/endpoint/startup-report";
import { type Env, env, settlePort } from "@/lib/env";
import { log, reportFault } from "@/lib/report";
import { startUpkeep } from "@/lib/upkeep/upkeep";

// The self-hosted way: Next.js for pages and, in the same process, the portals straight on node:http (design 4.15).
// `--dev` serves pages from source; `--mount=route` sends portal traffic through Next.js too, to compare the mounts;
// `--no-pages` is a process for portals alone, which never loads Next.js.
const dev = process.argv.includes("--dev");
const fastLane = !process.argv.includes("--mount=route");
const withPages = !process.argv.includes("--no-pages");
const traffic = new Traffic();
const noStore = { "cache-control": "no-store" };
/** Slow senders are cut off (ME-13): headers within 10 s, the whole request within 30 s. */
const httpLimits = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5_000 };

try {
  await main();
} catch (error) {
  // What is expected at a start (settings, a lock, a port in use, a newer schema) is one sentence for a person.
  console.error(error instanceof Error ? sentenceOf(error) : String(error));
  process.exit(1);
}

async function main(): Promise<void> {
  const started = Date.now();
  const settings = await readSettings();
  masterKeys();
  const database = await step("Opening the database", openedDatabase);
  if (database.door === "pglite") await markForeignInterrupted(database.db, new Date());
  const endpoint = await openEndpoint();
  const setupCode = await ensureSetupCode(database.db);
  const pages = withPages ? await step("Starting the pages", () => startPages(settings)) : null;
  const server = createServer(httpLimits, (req, res) => route(req, res, endpoint, pages));
  server.on("upgrade", (req, socket, head) => {
    // Nothing here speaks WebSocket, but the development server's own reloading does.
    if (dev && pages) void pages.upgrade(req, socket, head);
    else socket.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  await listen(server, settings);
  const upkeep = startUpkeep();
  const stop = once(async (code: number) => {
    endpoint.quiet();
    await traffic.drain(server);
    await upkeep.stop();
    await endpoint.flush();
    await database.close();
    process.exit(code);
  });
  process.on("SIGTERM", () => stop(0));
  process.on("SIGINT", () => stop(0));
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error) => {
      reportFault(error, { event });
      stop(1);
    });
  }
  for (const line of startupReport(settings, database, setupCode, process.version)) console.log(line);
  log("info", "started", { ms: Date.now() - started, pid: process.pid });
}

type Pages = Awaited<ReturnType<typeof startPages>>;

async function startPages(settings: Env) {
  const { default: next } = await import("next");
  const app = next({ dev, hostname: settings.host, port: settings.PORT, quiet: !dev });
  await app.prepare();
  return { handle: app.getRequestHandler(), upgrade: app.getUpgradeHandler() };
}

function route(req: IncomingMessage, res: ServerResponse, endpoint: Endpoint, pages: Pages | null): void {
  traffic.enter(res);
  const portal = fastLane ? portalPath(req.url) : null;
  if (portal) void serveNode(endpoint, portal, req, res);
  else if (req.url === "/livez") res.writeHead(200, noStore).end();
  else if (req.url === "/readyz") void isReady().then((ready) => res.writeHead(ready ? 200 : 503, noStore).end());
  else if (!isOurHost(req.headers.host)) res.writeHead(421, noStore).end("This server is reached under another name.\n");
  else if (!pages) res.writeHead(404, noStore).end("This process serves no pages.\n");
  else {
    const { name, value } = peerHeader(req.socket.remoteAddress);
    req.headers[name] = value;
    pages.handle(req, res).catch((error: unknown) => {
      reportFault(error);
      if (!res.headersSent) res.writeHead(500, noStore);
      res.end();
    });
  }
}

async function readSettings(): Promise<Env> {
  if (env().PORT === 0) settlePort(await freePort(env().host));
  return env();
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createProbe();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("there is no free port"))));
    });
  });
}

function listen(server: Server, { host, PORT }: Env): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(`port ${PORT} is in use; set PORT to another, or stop what uses it`) : error);
    });
    server.listen(PORT, host, resolve);
  });
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  process.stdout.write(`${name} …`);
  try {
    const result = await work();
    process.stdout.write(` ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write("\n");
    throw error;
  }
}

function once(work: (code: number) => Promise<void>): (code: number) => void {
  return (code) => {
    if (lifecycle().draining) return;
    lifecycle().draining = true;
    work(code).catch((error: unknown) => {
      reportFault(error);
      process.exit(1);
    });
  };
}

function sentenceOf(error: Error): string {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `Gatehouse cannot start: ${error.message}${cause}`;
}
