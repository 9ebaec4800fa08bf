import type { Server } from "node:http";
import { createServer as createProbe, type Socket } from "node:net";
import { type Env, env, settlePort } from "@/lib/env";

/** Slow senders are cut off (ME-13): headers within 10 s, the whole request within 30 s. */
export const httpLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

/** Between our own processes a connection stays until one of them ends, so none is closed just when it is used again. */
export const internalLimits = { ...httpLimits, keepAliveTimeout: 0 };

/** So many may wait to be taken in: everybody comes back at once after a restart, and health must not stand behind them for seconds. */
const backlog = 4_096;

export async function readSettings(): Promise<Env> {
  if (env().PORT === 0) settlePort(await freePort(env().host));
  return env();
}

export function listen(server: Server, at: { port: number; host: string } | { path: string; exclusive: true }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" && "port" in at ? new Error(`port ${at.port} is in use; set PORT to another, or stop what uses it`) : error);
    });
    server.listen({ ...at, backlog }, resolve);
  });
}

/** A reader that takes nothing of what is written for so long is cut off (ME-13); one that waits for its answer is not. */
export function cutStuckReaders(server: Server, ms = 60_000): void {
  server.setTimeout(ms);
  server.on("request", (_req, res) => res.on("timeout", cutIfStuck));
}

const cutIfStuck = (socket: Socket) => void (socket.writableLength > 0 && socket.destroy());

/** Nothing here speaks WebSocket. */
export function refuseUpgrades(server: Server): void {
  server.on("upgrade", (_req, socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
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
