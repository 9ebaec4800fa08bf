import type { Channel } from "../exchange";
import { EventStream } from "../event-stream";
import { keptAnswers } from "./kept-answers";

const keptEvents = 256;
const keptChars = 1_048_576;

/**
 * A stream of a session. Its last events are kept for a while, so that a client which lost the connection, or was asked to poll,
 * gets what it missed (`Last-Event-ID`).
 */
export class ReplayChannel implements Channel {
  stream: EventStream;
  private events: { n: number; message: string }[] = [];
  /** Of the events that are kept. */
  chars = 0;
  private last = 0;
  private complete = false;

  /** `name` begins the ids of its events. `primes`: the client understands events without data (2025-11-25). */
  constructor(
    readonly no: number,
    private readonly name: string,
    private readonly primes: boolean,
  ) {
    this.stream = this.connected(0);
  }

  get isComplete(): boolean {
    return this.complete;
  }

  get isConnected(): boolean {
    return this.stream.isOpen;
  }

  send(message: string): void {
    this.last++;
    this.events.push({ n: this.last, message });
    this.chars += message.length;
    while (this.events.length > keptEvents || (this.chars > keptChars && this.events.length > 1)) this.chars -= this.events.shift()?.message.length ?? 0;
    this.stream.send(message, this.idOf(this.last));
  }

  end(): void {
    this.complete = true;
    this.stream.end();
    keptAnswers().keep(this);
  }

  forget(): void {
    this.events = [];
    this.chars = 0;
  }

  pause(retryMs: number): void {
    if (!this.primes) return;
    this.stream.retry(retryMs);
    this.stream.end();
  }

  /** A new connection for the same stream, beginning with what came after the given event, or from now. */
  resume(after = this.last): EventStream {
    this.stream.end();
    this.stream = this.connected(after);
    for (const { n, message } of this.events) if (n > after) this.stream.send(message, this.idOf(n));
    if (this.complete) this.stream.end();
    return this.stream;
  }

  private connected(at: number): EventStream {
    const stream = new EventStream();
    if (this.primes) stream.prime(this.idOf(at), retryMs);
    return stream;
  }

  private idOf(n: number): string {
    return `${this.name}-${n}`;
  }
}

const retryMs = 1_000;
