import type { Stop } from "@/lib/stop";
import type { JsonObject } from "@/drizzle/schema/servers";
import { type EgressResponse, egressRequest } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { SseReader } from "../sse";
import type { PeerMessage, UpstreamParty, UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import { clientInfo } from "./client-info";
import { type Deadline, unbounded, within } from "./deadline";
import { challengeIn, failure, isSessionLost, SessionLost, statusFailure, WrongEra } from "./failures";
import type { Conversation } from "./kept";
import { type LegacySession, readInitialize } from "./legacy";
import { readReply } from "./reply";
import { openStream, readMessages } from "./standing";
import { nextId } from "./state";
import { isEventStream } from "./stream-answer";
import { Switchboard } from "./switchboard";
import { withToken } from "./token";

type Waiting = { resolve(reply: UpstreamReply): void; reject(error: unknown): void };
export type About = Omit<LegacySession, "id">;

/** The HTTP+SSE transport of 2024-11-05: one stream a party, through which everything comes that the server says; messages go by POST. */
export async function openOldSse(target: UpstreamTarget, party: UpstreamParty, signal?: Stop): Promise<OldSse> {
  const opened = await tryOldSse(target, party, signal);
  if (opened instanceof OldSse) return opened;
  const { status, challenge } = opened;
  const settle = () => {
    throw statusFailure(status, false, challenge);
  };
  // A server that has moved on has nothing at its old address, or takes no GET there.
  if ([400, 404, 405, 406].includes(status)) throw new WrongEra(settle);
  return settle();
}

/** What came instead, when the server does not open the old transport at this address. */
export type NotOpened = { status: number; challenge: string | null };

export async function tryOldSse(target: UpstreamTarget, party: UpstreamParty, signal?: Stop): Promise<OldSse | NotOpened> {
  return within(limits.upstreamHandshakeMs, signal, async (deadline) => {
    const closing = new AbortController();
    deadline.signal.addEventListener("abort", () => closing.abort(), { once: true });
    const response = await openStream(target, {}, closing.signal);
    if (response.status === 200 && isEventStream(response)) return OldSse.start(target, response, party, deadline);
    response.dump();
    return { status: response.status, challenge: challengeIn(response) };
  });
}

export class OldSse implements Conversation {
  isOver = false;
  readonly isAnybodys = false;
  about: About = { protocolVersion: "2024-11-05", serverInfo: {}, capabilities: {}, instructions: "" };
  private readonly waiting = new Map<number, Waiting>();
  private readonly board: Switchboard;
  /** Settles when nothing more will be heard. */
  readonly ended: Promise<void>;
  private logLevel: string | null = null;
  private endpoint: URL | null = null;
  private onEndpoint: (error: unknown) => void = () => {};

  private constructor(
    private readonly target: UpstreamTarget,
    private readonly response: EgressResponse,
    party: UpstreamParty,
  ) {
    this.board = new Switchboard(party, (message) => this.sayQuietly(message));
    this.ended = this.listen();
  }

  static async start(target: UpstreamTarget, response: EgressResponse, party: UpstreamParty, deadline: Deadline): Promise<OldSse> {
    const open = new OldSse(target, response, party);
    const named = new Promise<void>((resolve, reject) => {
      open.onEndpoint = (error) => (error ? reject(error) : resolve());
    });
    try {
      await deadline.race(named);
      const params = { protocolVersion: "2024-11-05", capabilities: party.capabilities, clientInfo };
      open.about = readInitialize(await open.request("initialize", params, deadline));
      await open.post({ method: "notifications/initialized" }, deadline);
      return open;
    } catch (error) {
      open.close();
      throw error;
    }
  }

  async send(_target: UpstreamTarget, request: UpstreamRequest, deadline: Deadline): Promise<UpstreamReply> {
    const { party, method } = request;
    this.board.party = party;
    if (party.logLevel !== null && party.logLevel !== this.logLevel && this.about.capabilities.logging) await this.setLevel(party.logLevel, deadline);
    const { id, progressToken, leave } = this.board.enter(request, deadline);
    try {
      return await this.request(method, withToken(request.params, progressToken), deadline, { id, onDelivered: request.onDelivered });
    } finally {
      leave();
    }
  }

  tell(message: PeerMessage): Promise<void> {
    return this.sayQuietly(message);
  }

  async close(): Promise<void> {
    if (!this.isOver) this.over();
  }

  async request(
    method: string,
    params: JsonObject,
    deadline: Deadline,
    { id, onDelivered }: { id: number; onDelivered?: () => void } = { id: nextId() },
  ): Promise<UpstreamReply> {
    if (this.isOver) throw lost();
    const answered = new Promise<UpstreamReply>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    answered.catch(() => {});
    let isPosted = false;
    try {
      await this.post({ id, method, params }, deadline, onDelivered);
      isPosted = true;
      return await deadline.race(answered);
    } catch (error) {
      if (deadline.signal.aborted && !isSessionLost(error) && (isPosted || method !== "initialize")) {
        void this.sayQuietly({ method: "notifications/cancelled", params: { requestId: id, reason: "cancelled" } });
      }
      throw error;
    } finally {
      this.waiting.delete(id);
    }
  }

  private async listen(): Promise<void> {
    const reader = new SseReader(limits.upstreamBodyBytesMax);
    try {
      await readMessages(
        this.response,
        reader,
        (message, text) => this.heard(message, text),
        ({ event, data }) => {
          if (event === "endpoint") this.named(data);
        },
      );
    } catch {
      // What a broken stream means is said to those who wait, below.
    }
    this.over();
  }

  private named(address: string): void {
    if (this.endpoint) return;
    const url = URL.parse(address.trim(), this.target.url);
    // The address comes from the server; the credential goes to the configured origin and nowhere else (UP-24).
    if (!url || url.origin !== new URL(this.target.url).origin) {
      this.onEndpoint(failure("blocked", true, "the server wants messages at another origin than its own"));
      return;
    }
    this.endpoint = url;
    this.onEndpoint(null);
  }

  private heard(message: JsonObject, text: string): void {
    if (typeof message.method === "string") this.board.hear(message);
    else if (typeof message.id === "number") this.answered(message.id, message, text);
  }

  private answered(id: number, message: JsonObject, text: string): void {
    // Late answers to what was cancelled are nobody's fault on a shared stream.
    const waiting = this.waiting.get(id);
    const found = waiting && readReply(message, id, text);
    if (found) waiting.resolve(found.reply);
    else waiting?.reject(failure("bad_answer", true));
  }

  private over(): void {
    this.isOver = true;
    this.onEndpoint(failure("bad_answer", true));
    this.board.end();
    for (const { reject } of this.waiting.values()) reject(failure("reset", true));
    this.waiting.clear();
    this.response.dump();
  }

  private async setLevel(level: string, deadline: Deadline): Promise<void> {
    this.logLevel = level;
    await this.request("logging/setLevel", { level }, deadline).catch((error) => {
      this.logLevel = null;
      if (isSessionLost(error)) throw error;
    });
  }

  private async post(message: JsonObject, deadline: Deadline, onDelivered?: () => void): Promise<void> {
    const response = await egressRequest(this.endpoint ?? this.target.url, {
      method: "POST",
      headers: { ...this.target.headers, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
      signal: deadline.signal,
      ...unbounded,
      maxBytes: limits.sseEventBytesMax,
      onDelivered,
    });
    response.dump();
    if (response.status < 300) return;
    if (response.status === 404 || response.status === 400) {
      this.over();
      throw lost(response.status);
    }
    throw statusFailure(response.status, false, challengeIn(response));
  }

  private sayQuietly(message: JsonObject): Promise<void> {
    return within(limits.upstreamMetadataMs, undefined, (deadline) => this.post(message, deadline)).catch(() => {});
  }
}

const lost = (status = 404) =>
  new SessionLost(() => {
    throw statusFailure(status, false);
  });
