import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { settleJournal } from "@/lib/activity/call-journal";
import { markForeignInterrupted } from "@/lib/activity/interrupted";
import { ensureSetupCode } from "@/lib/auth/setup-code";
import { keepClock } from "@/lib/clock";
import { masterKeys } from "@/lib/crypto/keys";
import { openedDatabase } from "@/lib/db";
import type { OpenDatabase } from "@/lib/db/open";
import { Traffic } from "@/lib/endpoint/drain";
import { openEndpoint } from "@/lib/endpoint/open";
import { startupReport } from "@/lib/endpoint/startup-report";
import type { Env } from "@/lib/env";
import { endConversations } from "@/lib/mcp/upstream";
import { faultWords, log } from "@/lib/report";
import { startUpkeep } from "@/lib/upkeep/upkeep";
import { type Door, openDoor, openInnerDoor, type Pages } from "./door";
import { endInOrder } from "./ending";
import type { Form } from "./form";
import { joinPeers } from "./joining";
import { cutStuckReaders, httpLimits, internalLimits, listen, refuseUpgrades } from "./listen";
import { step } from "./step";

export type StartedPages = { handle: Pages; upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> };
export type StartPages = (settings: Env, dev: boolean) => Promise<StartedPages>;
type Serving = Exclude<Form, { kind: "supervisor" }>;

/** How long what is left upstream may take to be told that it is over. */
const goodbyeMs = 2_000;
/** A database that is gone without a word would hold up the end for ever. */
const databaseMs = 5_000;

/** One process that serves: all by itself, one of several behind the same port, or the pages alone. */
export async function serve(form: Serving, settings: Env, startPages: StartPages): Promise<void> {
  keepClock();
  const started = Date.now();
  const isAlone = form.kind === "alone";
  masterKeys();
  const database = await step("Opening the database", () => openedDatabase(form.kind === "alone" ? undefined : form.share), isAlone);
  if (form.kind !== "pages") await settleRecord(database);
  const supervisor = joinPeers(form);
  const endpoint = form.kind === "pages" ? null : await openEndpoint();
  // A new code replaces an older one, so one process of several makes it.
  const setupCode = isAlone || (form.kind === "instance" && form.isFirst) ? await ensureSetupCode(database.db) : null;
  const hasPages = form.kind === "pages" || form.pages === "here";
  const pages = hasPages ? await step("Starting the pages", () => startPages(settings, isAlone && form.dev), isAlone) : null;
  const traffic = new Traffic();
  const door = {
    traffic,
    endpoint: isAlone && !form.fastLane ? null : endpoint,
    pages: pages?.handle ?? (hasPages || form.pages === "none" ? null : ("elsewhere" as const)),
  };
  const servers = await listenFor(form, settings, door, pages);
  const upkeep = startUpkeep();
  endInOrder(supervisor, settings.shutdownDelayMs, async (acceptMs) => {
    await traffic.drain(servers, { acceptMs, isBusy: (open) => endpoint?.isBusy(open) ?? open > 0, endStreams: () => endpoint?.quiet() });
    await endConversations(goodbyeMs);
    await atMost(databaseMs, upkeep.stop());
    await endpoint?.flush();
    await atMost(databaseMs, database.close());
  });
  const report = startupReport(settings, database, setupCode, process.version);
  if (supervisor) supervisor.say({ kind: "ready", report });
  else for (const line of report) console.log(line);
  log("info", "started", { ms: Date.now() - started, pid: process.pid });
}

/** What processes that died have left on record. Where others may be at it as well, upkeep tries again within a minute. */
async function settleRecord({ db, door }: OpenDatabase): Promise<void> {
  const now = new Date();
  if (door === "pglite") await markForeignInterrupted(db, now);
  else await settleJournal(db, now).catch((error) => log("warn", "call_log", { what: "the journal could not be settled", error: faultWords(error) }));
}

const atMost = (ms: number, work: Promise<void>) => Promise.race([work, pause(ms)]);

async function listenFor(form: Serving, settings: Env, door: Door, pages: StartedPages | null): Promise<Server[]> {
  const servers: Server[] = [];
  if (form.kind !== "pages") {
    const server = createServer(httpLimits, openDoor(door));
    // The development server's own reloading is the one thing here that speaks WebSocket.
    if (form.kind === "alone" && form.dev && pages) server.on("upgrade", (req, socket, head) => void pages.upgrade(req, socket, head));
    else refuseUpgrades(server);
    cutStuckReaders(server);
    await listen(server, { port: settings.PORT, host: settings.host });
    servers.push(server);
  }
  if (form.kind !== "alone") {
    const inner = createServer(internalLimits, openInnerDoor(door));
    refuseUpgrades(inner);
    await listen(inner, { path: form.socket, exclusive: true });
    servers.push(inner);
  }
  return servers;
}
