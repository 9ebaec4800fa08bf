import type { Stop } from "@/lib/stop";
import { randomBytes } from "node:crypto";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { Channel } from "../exchange";
import { messageText, type RequestId, rpc } from "../frame";
import type { ListsSeen } from "../list-changes";
import { relayable } from "../relay/capabilities";
import type { PeerAnswer, PeerMessage } from "../upstream-types";
import { ReplayChannel } from "./replay-channel";

/** What is stored of a session, and outlives the process. */
export type SessionRow = {
  id: string;
  orgId: string;
  portalId: string;
  grantId: string;
  /** Exactly one of the two. */
  personId: string | null;
  serviceTokenId: string | null;
  protocolVersion: string;
  clientInfo: JsonObject;
  capabilities: JsonObject;
  logLevel: string | null;
  subscriptions: string[];
};

const channelsKept = 32;
const asksMax = 64;

/** A session of the 2025 eras as this process holds it: its streams, and the questions its client has not answered yet. */
export class LiveSession {
  readonly id: string;
  /** What of its client's capabilities is relayed. */
  readonly capabilities: JsonObject;
  logLevel: string | null;
  subscriptions: string[];
  /** When this process last saw that the row is still there. */
  checkedAt = 0;
  /** Its lists as the client knows them, or was told to read them again. */
  seen: ListsSeen | null = null;
  /** What is listened to for its subscriptions, by server. */
  readonly watches = new Map<string, { names: string; controller: AbortController }>();
  /** Event and question ids of another process mean nothing here, though they count in the same way. */
  private readonly epoch = randomBytes(4).toString("hex");
  private readonly channels = new Map<number, ReplayChannel>();
  private standalone: ReplayChannel | null = null;
  private readonly running = new Set<ReplayChannel>();
  private readonly asks = new Map<RequestId, (answer: PeerAnswer) => void>();
  private lastChannel = 0;
  private lastAsk = 0;

  constructor(readonly row: SessionRow) {
    this.id = row.id;
    this.capabilities = relayable(row.capabilities);
    this.logLevel = row.logLevel;
    this.subscriptions = row.subscriptions;
  }

  private get primes(): boolean {
    return this.row.protocolVersion >= "2025-11-25";
  }

  /** A stream for the answer to one request. */
  openChannel(): Channel {
    const channel = this.newChannel(++this.lastChannel);
    this.channels.set(channel.no, channel);
    for (const [no, kept] of this.channels) {
      if (this.channels.size <= channelsKept) break;
      if (kept.isComplete) this.channels.delete(no);
    }
    this.running.add(channel);
    return { stream: channel.stream, send: (message) => channel.send(message), pause: (retryMs) => channel.pause(retryMs), end: () => this.endOf(channel) };
  }

  /**
   * The stream for what belongs to no request, or the one that `Last-Event-ID` names. Null when the first is connected already:
   * a second stream must not silently replace it (ME-08).
   */
  connect(lastEventId: string | undefined): ReplayChannel | null {
    const at = lastEventId === undefined ? null : this.readEventId(lastEventId);
    const known = at && (at.no === 0 ? this.standalone : this.channels.get(at.no));
    if (at && known) {
      known.resume(at.n);
      return known;
    }
    if (this.standalone?.isConnected) return null;
    if (this.standalone) this.standalone.resume();
    else this.standalone = this.newChannel(0);
    return this.standalone;
  }

  get hasStandalone(): boolean {
    return this.standalone?.isConnected === true;
  }

  /** Says something outside any request. A client whose stream broke gets it when it comes back; one that never had a stream does not. */
  notify(message: string): void {
    this.standalone?.send(message);
  }

  /** Asks the client through the given stream, or through whichever it has open. */
  ask({ method, params }: PeerMessage, through: ((message: string) => boolean) | null, signal: Stop): Promise<PeerAnswer> {
    if (this.asks.size >= asksMax) return Promise.resolve(refusal("too many questions to the client are open"));
    const id = `gatehouse-${this.epoch}-${++this.lastAsk}`;
    return new Promise((resolve) => {
      const done = (answer: PeerAnswer) => {
        this.asks.delete(id);
        signal.removeEventListener("abort", onAbort);
        resolve(answer);
      };
      const onAbort = () => {
        const cancelled = messageText("notifications/cancelled", { requestId: id });
        if (!through?.(cancelled)) this.sayAnywhere(cancelled);
        done(refusal("the question was withdrawn"));
      };
      if (signal.aborted) return resolve(refusal("the question was withdrawn"));
      this.asks.set(id, done);
      signal.addEventListener("abort", onAbort, { once: true });
      const text = messageText(method, params, id);
      if (!(through?.(text) || this.sayAnywhere(text))) done(refusal("the client has no stream open to be asked through"));
    });
  }

  /** An answer of the client's; only this session's own questions are found here (ME-07). */
  answer(id: RequestId | null, answer: PeerAnswer): boolean {
    const asked = id === null ? undefined : this.asks.get(id);
    asked?.(answer);
    return asked !== undefined;
  }

  /** Ends every stream; what was asked stays unanswered. */
  close(): void {
    this.standalone?.end();
    for (const channel of this.channels.values()) channel.end();
    for (const { controller } of this.watches.values()) controller.abort();
    this.watches.clear();
    for (const done of [...this.asks.values()]) done(refusal("the session has ended"));
  }

  get isIdle(): boolean {
    return this.running.size === 0 && !this.hasStandalone && this.asks.size === 0;
  }

  private newChannel(no: number): ReplayChannel {
    return new ReplayChannel(no, `${this.epoch}-${no}`, this.primes);
  }

  /** The stream and the event that a `Last-Event-ID` of ours names. */
  private readEventId(id: string): { no: number; n: number } | null {
    const found = /^([0-9a-f]{8})-(\d{1,9})-(\d{1,9})$/.exec(id);
    return found?.[1] === this.epoch ? { no: Number(found[2]), n: Number(found[3]) } : null;
  }

  private sayAnywhere(message: string): boolean {
    const newest = [...this.running].at(-1);
    if (this.hasStandalone) this.standalone?.send(message);
    else newest?.send(message);
    return this.hasStandalone || newest !== undefined;
  }

  private endOf(channel: ReplayChannel): void {
    channel.end();
    this.running.delete(channel);
  }
}

const refusal = (message: string): PeerAnswer => ({ error: { code: rpc.internal, message } });
