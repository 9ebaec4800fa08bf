import type { Server, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Bag } from "@/lib/bag";
import { lifecycle } from "./health";

export const drainMs = 30_000;
/** So long a client that keeps its connection may send one request more, which is answered and closes it. */
const lingerMs = 1_000;
const lookMs = 25;

export type Draining = {
  /** New connections are still taken for so long, since who sends them may not have heard yet. */
  acceptMs?: number;
  finishMs?: number;
  /** Whether there is something to wait for, given how many answers are open: streams end when they are told, and not by themselves. */
  isBusy(open: number): boolean;
  endStreams(): void;
};

/** Counts the requests under way, and brings a process to its end without cutting one in half (AV-08). */
export class Traffic {
  private readonly open = new Bag<ServerResponse>();

  enter(res: ServerResponse): void {
    this.open.add(res);
    res.once("close", () => this.open.delete(res));
    if (lifecycle().draining) res.shouldKeepAlive = false;
  }

  get size(): number {
    return this.open.size;
  }

  /** Not ready at once; then no new connections, what is under way finishes, streams end, and what is left after the time is cut. */
  async drain(servers: readonly Server[], { acceptMs = 0, finishMs = drainMs, isBusy, endStreams }: Draining): Promise<void> {
    lifecycle().draining = true;
    for (const res of this.open) res.shouldKeepAlive = false;
    if (acceptMs > 0) await pause(acceptMs);
    const began = performance.now();
    for (const server of servers) stopListening(server);
    while (isBusy(this.open.size) && performance.now() - began < finishMs) await pause(lookMs);
    endStreams();
    // A connection is closed by the answer to its next request; one that stays silent is closed then, too.
    while ((await connectionsOf(servers)) > 0) {
      const ms = performance.now() - began;
      if (ms > lingerMs) for (const server of servers) server.closeIdleConnections();
      if (ms > finishMs + 2 * lingerMs || (this.open.size === 0 && ms > 2 * lingerMs)) break;
      await pause(lookMs);
    }
    for (const server of servers) server.closeAllConnections();
  }
}

// `http.Server.close` would also close every connection that has no request just now, and the client may be sending one.
function stopListening(server: Server): void {
  if (server.listening) NetServer.prototype.close.call(server);
}

async function connectionsOf(servers: readonly Server[]): Promise<number> {
  const counts = servers.map((server) => new Promise<number>((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count))));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
