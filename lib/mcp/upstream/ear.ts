import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject, type RequestId } from "../frame";
import type { Peer, PeerAnswer, UpstreamParty } from "../upstream-types";
import { refusalOf } from "./may-ask";

type Given = {
  readonly party: UpstreamParty;
  readonly peer: Peer | undefined;
  /** The token we sent with the request; null when no progress is wanted. */
  progressToken: number | null;
  /** Stops the clock while the server waits for the client. */
  hold(): () => void;
  touch(): void;
  /** Carries an answer back to the server; null in the era without requests to the client. Never rejects. */
  answer: ((message: JsonObject) => Promise<void>) | null;
};

const asksMax = 16;
/** What is passed on as it is; everything else is nobody's business on the other side. */
const passed = new Set([
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/elicitation/complete",
]);

/** Takes what a server says besides its answers: passes on what this party may hear, and carries the client's answers back. */
export class Ear {
  /** Questions that are open; made for the first one, since most calls have none. */
  private asked: Map<RequestId, AbortController> | null = null;
  private isOver = false;

  constructor(private readonly given: Given) {}

  get progressToken(): number | null {
    return this.given.progressToken;
  }

  get hasPeer(): boolean {
    return this.given.peer !== undefined;
  }

  hear(message: JsonObject): void {
    if (this.isOver || typeof message.method !== "string") return;
    const params = isObject(message.params) ? message.params : {};
    if (message.id === undefined) this.notified(message.method, params);
    else if (typeof message.id === "string" || typeof message.id === "number") this.requested(message.id, message.method, params);
  }

  /** Null while the client keeps up with what it hears; otherwise resolves when it has (ME-13). */
  whenRead(): Promise<void> | null {
    return this.isOver ? null : (this.given.peer?.whenRead?.() ?? null);
  }

  /** The server takes a break of its own (SEP-1699). */
  pausedFor(retryMs: number): void {
    if (!this.isOver) this.given.peer?.paused?.(retryMs);
  }

  /** Nothing is heard any more, and questions that are still open are taken back. */
  end(): void {
    this.isOver = true;
    if (this.asked) for (const controller of this.asked.values()) controller.abort();
  }

  private notified(method: string, params: JsonObject): void {
    const { peer, party, progressToken } = this.given;
    if (method === "notifications/cancelled") {
      const { requestId } = params;
      if (typeof requestId === "string" || typeof requestId === "number") this.asked?.get(requestId)?.abort();
    } else if (method === "notifications/progress") {
      if (progressToken === null || params.progressToken !== progressToken) return;
      this.given.touch();
      const { progressToken: _, ...rest } = params;
      peer?.notify({ method, params: rest });
    } else if (passed.has(method) || (method === "notifications/message" && isWanted(params.level, party.logLevel))) peer?.notify({ method, params });
  }

  private requested(id: RequestId, method: string, params: JsonObject): void {
    const { answer, peer, party } = this.given;
    // The same id twice is the server's fault; the first question stands.
    this.asked ??= new Map();
    if (!answer || this.asked.has(id)) return;
    const say = (said: PeerAnswer) => answer({ jsonrpc: "2.0", id, ...said });
    if (method === "ping") return void say({ result: {} });
    const error = refusalOf(method, params, peer ? party.capabilities : {});
    if (error || !peer) return void say({ error: error ?? { code: -32601, message: "Method not found" } });
    if (this.asked.size >= asksMax) return void say({ error: { code: -32000, message: "too many requests at once" } });
    void this.ask(this.asked, id, { method, params: withoutToken(params) }, peer, say);
  }

  private async ask(
    asked: Map<RequestId, AbortController>,
    id: RequestId,
    message: { method: string; params: JsonObject },
    peer: Peer,
    say: (said: PeerAnswer) => Promise<void>,
  ): Promise<void> {
    const controller = new AbortController();
    asked.set(id, controller);
    const release = this.given.hold();
    try {
      const said = await peer.ask(message, controller.signal);
      release();
      if (!controller.signal.aborted) await say(said);
    } catch {
      await say({ error: { code: -32603, message: "the client could not answer" } });
    } finally {
      release();
      asked.delete(id);
    }
  }
}

const levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

function isWanted(level: unknown, least: string | null): boolean {
  return least !== null && typeof level === "string" && levels.indexOf(level) >= Math.max(0, levels.indexOf(least));
}

// Progress of the client's own work is not relayed, so its token, which belongs to this hop, stays here.
function withoutToken(params: JsonObject): JsonObject {
  if (!isObject(params._meta) || params._meta.progressToken === undefined) return params;
  const { progressToken: _, ...meta } = params._meta;
  return { ...params, _meta: meta };
}
