import type { JsonObject } from "@/drizzle/schema/servers";
import type { Caller } from "@/lib/gateway/ports";
import type { RequestId } from "../frame";
import { listsSeen } from "../list-changes";
import type { PeerAnswer } from "../upstream-types";
import { LiveSession, type SessionRow } from "./live-session";

/** Where sessions outlive the process. A token is the `Mcp-Session-Id`; only its hash is stored. */
export type SessionStore = {
  /** A grant has so many; `gone` are the ones that gave way. */
  create(row: Omit<SessionRow, "id">): Promise<{ id: string; token: string; gone: readonly string[] }>;
  find(token: string): Promise<SessionRow | null>;
  /** Notes that it is in use, and what changed. */
  update(id: string, change: { logLevel?: string; subscriptions?: string[] }): Promise<void>;
  remove(id: string): Promise<void>;
};

const liveMax = 5_000;
const recheckMs = 10_000;
const touchMs = 60_000;
const awayMsMax = 40_000;

/** The sessions of this process. Each is a row first, so another process, or this one after a restart, goes on with it. */
export class Sessions {
  private readonly live = new Map<string, LiveSession>();
  private readonly touched = new Map<string, number>();

  constructor(
    private readonly store: SessionStore,
    /** Told when a session ends here, so that what was opened for it upstream is closed. */
    private readonly onEnd: (session: LiveSession) => void,
  ) {}

  async create(caller: Caller, said: { protocolVersion: string; clientInfo: JsonObject; capabilities: JsonObject }): Promise<string> {
    const { grantId, view } = caller;
    const row = { orgId: view.org.id, portalId: view.portal.id, grantId, ...ownerOf(caller), ...said, logLevel: null, subscriptions: [] };
    const { id, token, gone } = await this.store.create(row);
    if (gone.length > 0) this.forgetAll(new Set(gone));
    const session = new LiveSession({ id, ...row });
    session.seen = listsSeen(caller);
    this.touched.set(id, performance.now());
    this.keep(token, session);
    return token;
  }

  /** The caller's own session, or null: a foreign, ended and never issued id look the same (ME-08). At once when it was seen lately. */
  find(token: string, caller: Caller): LiveSession | null | Promise<LiveSession | null> {
    const session = this.live.get(token);
    const now = performance.now();
    const isTouched = session && now - (this.touched.get(session.id) ?? Number.NEGATIVE_INFINITY) <= touchMs;
    return isTouched && now - session.checkedAt <= recheckMs ? ownOf(session, caller) : this.look(token, caller);
  }

  private async look(token: string, caller: Caller): Promise<LiveSession | null> {
    if (!/^[\x21-\x7e]{1,256}$/.test(token)) return null;
    const known = this.live.get(token) ?? null;
    const now = performance.now();
    const session = known && now - known.checkedAt <= recheckMs ? known : await this.checked(token, known);
    const own = session && ownOf(session, caller);
    if (!own) return null;
    if (now - (this.touched.get(own.id) ?? Number.NEGATIVE_INFINITY) > touchMs) {
      this.touched.set(own.id, now);
      await this.store.update(own.id, {}).catch(ignoreAway);
    }
    return own;
  }

  async setLogLevel(session: LiveSession, logLevel: string): Promise<void> {
    session.logLevel = logLevel;
    await this.store.update(session.id, { logLevel });
  }

  async setSubscriptions(session: LiveSession, subscriptions: string[]): Promise<void> {
    session.subscriptions = subscriptions;
    await this.store.update(session.id, { subscriptions });
  }

  async end(token: string, session: LiveSession): Promise<void> {
    this.forget(token, session);
    await this.store.remove(session.id);
  }

  /** An answer for a session of this process that came in through another one. */
  answer(sessionId: string, askId: RequestId, answer: PeerAnswer): void {
    for (const session of this.live.values()) if (session.id === sessionId) session.answer(askId, answer);
  }

  get size(): number {
    return this.live.size;
  }

  private async checked(token: string, known: LiveSession | null): Promise<LiveSession | null> {
    const found = await this.store.find(token).then(
      (row) => ({ row }),
      (error: unknown) => ({ error }),
    );
    if ("error" in found) {
      // Without a database for a moment, what was there lately still is.
      if (known && performance.now() - known.checkedAt <= awayMsMax) return known;
      throw found.error;
    }
    const { row } = found;
    if (!row) {
      if (known) this.forget(token, known);
      return null;
    }
    // Two requests may look it up at once; both must get the same object.
    const session = this.live.get(token) ?? new LiveSession(row);
    session.checkedAt = performance.now();
    // Another instance may have changed them.
    session.logLevel = row.logLevel;
    session.subscriptions = row.subscriptions;
    this.keep(token, session);
    return session;
  }

  private keep(token: string, session: LiveSession): void {
    this.live.delete(token);
    this.live.set(token, session);
    if (session.checkedAt === 0) session.checkedAt = performance.now();
    if (this.live.size <= liveMax) return;
    for (const [key, other] of this.live) {
      if (!other.isIdle) continue;
      this.forget(key, other);
      break;
    }
  }

  /** What gave way would otherwise stay here, with its conversations upstream, until its client came back. */
  private forgetAll(ids: ReadonlySet<string>): void {
    for (const [token, session] of this.live) if (ids.has(session.id)) this.forget(token, session);
  }

  private forget(token: string, session: LiveSession): void {
    this.live.delete(token);
    this.touched.delete(session.id);
    session.close();
    this.onEnd(session);
  }
}

function ownOf(session: LiveSession, caller: Caller): LiveSession | null {
  const { grantId, portalId, personId, serviceTokenId } = session.row;
  return grantId === caller.grantId && portalId === caller.view.portal.id && (personId ?? serviceTokenId) === caller.id ? session : null;
}

// That it is in use is written again a minute later; nobody's call waits or fails for it.
const ignoreAway = () => {};
const ownerOf = ({ id, personId }: Caller) => ({ personId, serviceTokenId: personId === null ? id : null });
