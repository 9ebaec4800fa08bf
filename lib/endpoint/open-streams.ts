import type { Caller } from "@/lib/gateway/ports";
import { limits } from "@/lib/limits";
import { changedLists, type ListKind } from "@/lib/mcp/list-changes";
import { serversOf } from "@/lib/mcp/handshake";
import type { OpenStream, OpenStreams } from "@/lib/mcp/serve-ports";
import { reportFault } from "@/lib/report";
import type { AccessVersions } from "./access-versions";

type Open = { caller: Caller; stream: OpenStream; version: number; checkedAt: number };

const streamsMax = 10_000;

export type OpenStreamsParts = {
  /** Which access version each organization has; those of open streams are followed, and `look` is called after each reading. */
  versions: Pick<AccessVersions, "follow" | "latest">;
  /** Called for each open stream, so that what its servers announce is heard; resolves once they are listened to, or soon. */
  hear(caller: Caller): { ready: Promise<void>; release(): void };
};

/**
 * The streams that stay open in this process. Those of an organization that changed are checked in full and hear which of their lists
 * differ. Each is checked at least every 30 s, too (ME-06, ME-22).
 */
export class AllOpenStreams implements OpenStreams {
  private readonly all = new Set<Open>();
  private isChecking = false;

  constructor(private readonly parts: OpenStreamsParts) {}

  async open(caller: Caller, stream: OpenStream): Promise<(() => void) | null> {
    const mine = [...this.all].filter((other) => other.caller.id === caller.id).length;
    if (this.all.size >= streamsMax || mine >= limits.streamsPerPerson) return null;
    const open: Open = { caller, stream, version: caller.view.org.accessVersion, checkedAt: performance.now() };
    this.all.add(open);
    const unfollow = this.parts.versions.follow(caller.view.org.id);
    const heard = this.parts.hear(caller);
    await heard.ready;
    return () => {
      if (!this.all.delete(open)) return;
      unfollow();
      heard.release();
    };
  }

  /** A server said that a list of its changed: everyone whose list holds something of it is told, once its new list is read. */
  async announce(serverId: string, kinds: readonly ListKind[]): Promise<void> {
    const hearing = [...this.all].filter(({ caller }) => serversOf(caller.catalogue).some(({ id }) => id === serverId));
    await Promise.all(hearing.map((open) => this.check(open, kinds)));
  }

  /** What this grant is served has changed without a new access version: its streams are checked at once. */
  async recheck(grantId: string): Promise<void> {
    await Promise.all([...this.all].filter(({ caller }) => caller.grantId === grantId).map((open) => this.check(open)));
  }

  /** The process ends: every stream ends in order. */
  endAll(): void {
    for (const { stream } of this.all) stream.end();
  }

  get size(): number {
    return this.all.size;
  }

  /** Checks the streams whose organization's version moved, or that were not checked for long. */
  async look(): Promise<void> {
    if (this.isChecking) return;
    this.isChecking = true;
    const { versions } = this.parts;
    const now = performance.now();
    const due = [...this.all].filter(
      ({ caller, version, checkedAt }) => versions.latest(caller.view.org.id) !== version || now - checkedAt > limits.streamRecheckMs,
    );
    await Promise.all(due.map((open) => this.check(open))).catch((error: unknown) => reportFault(error, { during: "checking open streams" }));
    this.isChecking = false;
  }

  /** `announced`: lists that are said to have changed, whether they differ for this person or not. */
  private async check(open: Open, announced: readonly ListKind[] = []): Promise<void> {
    const caller = await open.stream.readmit();
    if (!this.all.has(open)) return;
    if (!caller) return open.stream.end();
    const lists = [...new Set([...changedLists(open.caller, caller), ...announced])];
    Object.assign(open, { caller, version: caller.view.org.accessVersion, checkedAt: performance.now() });
    open.stream.changed(caller, lists);
  }
}
