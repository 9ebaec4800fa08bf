import type { Server, ServerResponse } from "node:http";
import { lifecycle } from "./health";

export const drainMs = 30_000;

/** Counts the requests under way, and tells kept-alive connections to close once the process is on its way out. */
export class Traffic {
  private readonly open = new Set<ServerResponse>();
  private emptied: (() => void) | null = null;

  enter(res: ServerResponse): void {
    this.open.add(res);
    res.once("close", () => {
      this.open.delete(res);
      if (this.open.size === 0) this.emptied?.();
    });
    if (lifecycle().draining) res.shouldKeepAlive = false;
  }

  /** Takes no new connections, lets what is under way finish, and cuts what is left after the time. */
  async drain(server: Server, msMax = drainMs): Promise<void> {
    lifecycle().draining = true;
    server.close();
    for (const res of this.open) res.shouldKeepAlive = false;
    if (this.open.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, msMax);
        this.emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    server.closeAllConnections();
  }
}
