import type { Stop } from "@/lib/stop";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "@/lib/limits";
import type { PeerMessage, UpstreamParty, UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import { type Deadline, within } from "./deadline";
import { SessionLost, WrongEra } from "./failures";
import type { Conversation } from "./kept";
import { closeSession, type LegacySession, openSession, sessionHeaders } from "./legacy";
import { standStream } from "./standing";
import { nextId } from "./state";
import { Switchboard } from "./switchboard";
import { withToken } from "./token";
import { type Answer, exchange, replyOf, sayQuietly } from "./wire";

const standingWaitMs = 1_000;

/** A session on Streamable HTTP (2025 eras), with its standalone stream where the party has use for one. */
export async function openStreamable(target: UpstreamTarget, party: UpstreamParty): Promise<Conversation> {
  return new Streamable(target, await openSession(target, party.capabilities), party);
}

class Streamable implements Conversation {
  isOver = false;
  readonly isAnybodys: boolean;
  private readonly headers: Record<string, string>;
  private readonly board: Switchboard;
  private readonly closing = new AbortController();
  private standing: Promise<unknown> | null = null;
  /** It is open, or was given its moment. */
  private stands = false;
  private logLevel: string | null = null;

  constructor(
    private readonly target: UpstreamTarget,
    private readonly session: LegacySession,
    party: UpstreamParty,
  ) {
    this.headers = sessionHeaders(session);
    this.isAnybodys = session.id === null;
    this.board = new Switchboard(party, (message) => sayQuietly(target, this.headers, message));
  }

  async send(target: UpstreamTarget, request: UpstreamRequest, deadline: Deadline): Promise<UpstreamReply> {
    const { party, method, passage } = request;
    this.board.party = party;
    if (party.outside && !this.stands && this.session.id !== null) await deadline.race(this.stand());
    if (party.logLevel !== null && party.logLevel !== this.logLevel && this.session.capabilities.logging) await this.setLevel(party.logLevel, deadline.signal);
    const { id, progressToken, ear, leave } = this.board.enter(request, deadline);
    let isDelivered = false;
    const onDelivered = () => {
      isDelivered = true;
      request.onDelivered?.();
    };
    try {
      const params = withToken(request.params, progressToken);
      const answer = await exchange(target, { id, method, params, headers: this.headers, deadline, ear, resumes: true, onDelivered, passage });
      if (isSessionLost(this.session, answer)) throw new SessionLost(() => replyOf(answer));
      if (refusesEra(this.session, answer)) throw new WrongEra(() => replyOf(answer));
      return replyOf(answer);
    } catch (error) {
      // In these eras a closed connection is no cancellation, so it is said (a deadline of ours is one, too).
      if (isDelivered && deadline.signal.aborted) {
        void sayQuietly(target, this.headers, { method: "notifications/cancelled", params: { requestId: id, reason: "cancelled" } });
      }
      throw error;
    } finally {
      leave();
    }
  }

  tell(message: PeerMessage): Promise<void> {
    return sayQuietly(this.target, this.headers, message);
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.isOver = true;
    this.closing.abort();
    this.board.end();
    await closeSession(this.target, this.session);
  }

  /** Opens the standalone stream and gives it a moment: what a server says there before it is open is lost. */
  private stand(): Promise<unknown> {
    if (this.standing) return this.standing;
    const { opened, ended } = standStream(this.target, this.headers, (message) => this.board.hear(message), this.closing.signal);
    void ended.then((how) => {
      if (how === "lost") this.isOver = true;
    });
    this.standing = Promise.race([opened, sleep(standingWaitMs, undefined, { ref: false })]).finally(() => {
      this.stands = true;
    });
    return this.standing;
  }

  private async setLevel(level: string, signal: Stop): Promise<void> {
    this.logLevel = level;
    const out = { id: nextId(), method: "logging/setLevel", params: { level }, headers: this.headers, ear: null, resumes: false };
    // Whether it worked is not worth a failed call; a lost session shows with the request itself.
    await within(limits.upstreamMetadataMs, signal, (deadline) => exchange(this.target, { ...out, deadline })).catch(() => {
      this.logLevel = null;
    });
  }
}

function isSessionLost(session: LegacySession, answer: Answer): boolean {
  if (session.id === null || (answer.status !== 404 && answer.status !== 400)) return false;
  // By status and code, never by words. These codes answer the request itself.
  const code = answer.isOurs && answer.reply?.kind === "error" ? answer.reply.error.code : 0;
  return !(code <= -32600 && code >= -32700);
}

// A server without sessions that has moved on to the next era misses the envelope.
function refusesEra(session: LegacySession, { status, reply }: Answer): boolean {
  return session.id === null && (status === 400 || (reply?.kind === "error" && reply.error.code === -32022));
}
