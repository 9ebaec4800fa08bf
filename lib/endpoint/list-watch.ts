import type { Caller, Ports } from "@/lib/gateway/ports";
import { announcesLists, serversOf } from "@/lib/mcp/handshake";
import { kindOf, type ListKind } from "@/lib/mcp/list-changes";
import { isMissing, type UpstreamTarget, type Watch } from "@/lib/mcp/upstream-types";
import { withinTime } from "@/lib/mcp/watches";
import { reportFault } from "@/lib/report";

const lingerMs = 30_000;
/** However often a server says so, its lists are not read again faster than this; after a burst much slower. */
const spacing = { ms: 250, burst: 10, afterBurstMs: 6_000, windowMs: 60_000 };

export type ListWatchParts = {
  target: Ports["target"];
  listen(target: UpstreamTarget, watch: Watch): { ready: Promise<void> };
  /** Reads the server's lists again and stores them. */
  sync(orgId: string, serverId: string): Promise<unknown>;
  announce(serverId: string, kinds: readonly ListKind[]): Promise<void>;
};

type Watching = { users: number; controller: AbortController; ready: Promise<void>; linger: NodeJS.Timeout | null };
type Change = { kinds: Set<ListKind>; running: boolean; readAt: number[] };

/**
 * Listens to the servers of open streams, with the shared credential and one conversation a server, for changes of their lists.
 * A change is synchronised into the catalogue first and announced afterwards, so whoever lists again sees it.
 */
export class ListWatch {
  private readonly watching = new Map<string, Watching>();
  private readonly changes = new Map<string, Change>();

  constructor(private readonly parts: ListWatchParts) {}

  hear(caller: Caller): { ready: Promise<void>; release(): void } {
    const { org } = caller.view;
    const servers = serversOf(caller.catalogue).filter(announcesLists);
    const held = servers.map(({ id }) => this.acquire(org.id, id, org.accessVersion));
    return {
      ready: withinTime(Promise.all(held.map(({ ready }) => ready))),
      release: () => {
        for (const { id } of servers) this.release(id);
      },
    };
  }

  /** A server announced a change, wherever that was heard. */
  heard(orgId: string, serverId: string, method: string): void {
    const kind = kindOf(method);
    if (!kind) return;
    const change = this.changes.get(serverId) ?? { kinds: new Set(), running: false, readAt: [] };
    if (this.changes.size > 5_000) this.changes.clear();
    this.changes.set(serverId, change);
    change.kinds.add(kind);
    if (!change.running) void this.follow(orgId, serverId, change);
  }

  closeAll(): void {
    for (const { controller, linger } of this.watching.values()) {
      controller.abort();
      if (linger) clearTimeout(linger);
    }
    this.watching.clear();
  }

  private async follow(orgId: string, serverId: string, change: Change): Promise<void> {
    change.running = true;
    while (change.kinds.size > 0) {
      const waitMs = waitFor(change.readAt, performance.now());
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      const kinds = [...change.kinds];
      change.kinds.clear();
      change.readAt.push(performance.now());
      await this.parts.sync(orgId, serverId).catch((error: unknown) => reportFault(error, { during: "a synchronisation that a server asked for" }));
      await this.parts.announce(serverId, kinds).catch((error: unknown) => reportFault(error, { during: "telling open streams of a changed list" }));
    }
    change.running = false;
  }

  private acquire(orgId: string, serverId: string, accessVersion: number): Watching {
    const known = this.watching.get(serverId);
    if (known) {
      known.users++;
      if (known.linger) clearTimeout(known.linger);
      known.linger = null;
      return known;
    }
    const controller = new AbortController();
    const watching: Watching = { users: 1, controller, linger: null, ready: this.start(orgId, serverId, accessVersion, controller.signal) };
    this.watching.set(serverId, watching);
    return watching;
  }

  private async start(orgId: string, serverId: string, accessVersion: number, signal: AbortSignal): Promise<void> {
    try {
      const target = await this.parts.target({ orgId, serverId, accessVersion, personId: null });
      if (!target || isMissing(target)) return;
      const on: Watch["on"] = ({ method }) => this.heard(orgId, serverId, method);
      await this.parts.listen(target, { party: { key: "lists", capabilities: {}, logLevel: null }, lists: true, resources: [], on, signal }).ready;
    } catch {
      // The hourly synchronisation finds what is not announced; the server's own page says what is wrong with it.
    }
  }

  private release(serverId: string): void {
    const watching = this.watching.get(serverId);
    if (!watching || --watching.users > 0) return;
    watching.linger = setTimeout(() => {
      watching.controller.abort();
      this.watching.delete(serverId);
    }, lingerMs);
    watching.linger.unref();
  }
}

function waitFor(readAt: number[], now: number): number {
  while (readAt[0] !== undefined && now - readAt[0] > spacing.windowMs) readAt.shift();
  const last = readAt.at(-1);
  return last === undefined ? 0 : last + (readAt.length < spacing.burst ? spacing.ms : spacing.afterBurstMs) - now;
}
