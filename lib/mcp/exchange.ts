import { limits } from "@/lib/limits";
import { reportFault } from "@/lib/report";
import type { Answer } from "./answers";
import { EventStream } from "./event-stream";
import { Pour } from "./pour";
import { errorText, type RequestId, rpc } from "./frame";

/** Where the messages of one answer go once it is a stream. */
export type Channel = {
  stream: EventStream;
  send(message: string): void;
  end(): void;
  /** Ends the connection but not the answer, which the client fetches later; absent where it cannot. */
  pause?(retryMs: number): void;
};

/**
 * One request being answered. The answer is plain JSON, unless something has to be said before it is complete, or it takes long:
 * then it becomes an event stream, whose last message it is.
 */
export class Exchange {
  private channel: Channel | null = null;
  private settle: ((answer: Answer) => void) | null = null;
  private poured: Pour | null = null;
  private over = false;
  private slow: NodeJS.Timeout | null = null;

  /** `open` makes the stream; null when the client takes none. */
  constructor(
    private readonly id: RequestId,
    private readonly open: (() => Channel) | null,
  ) {}

  get canStream(): boolean {
    return this.open !== null && !this.over;
  }

  /** Sends a message ahead of the answer; false when that is not possible. */
  send(message: string): boolean {
    const channel = this.opened();
    channel?.send(message);
    return channel !== null;
  }

  /** Begins the answer, to be written as it arrives; null once it is a stream of messages. */
  pour(): Pour | null {
    if (this.over || this.channel || this.poured) return null;
    this.poured = new Pour();
    if (this.slow) clearTimeout(this.slow);
    this.settle?.({ status: 200, body: null, pour: this.poured });
    return this.poured;
  }

  /** Null while the client reads what it is sent; otherwise resolves when it has. */
  whenRead(): Promise<void> | null {
    return this.channel?.stream.whenRead() ?? null;
  }

  pause(retryMs: number): void {
    this.opened()?.pause?.(retryMs);
  }

  run(work: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      if (this.open) this.slow = setTimeout(this.onSlow, limits.answerSilenceMs);
      work().then(
        (answer) => this.close(answer),
        (error: unknown) => this.fail(error, reject),
      );
    });
  }

  private readonly onSlow = () => void this.opened();

  private finish(): void {
    this.over = true;
    if (this.slow) clearTimeout(this.slow);
  }

  private opened(): Channel | null {
    if (this.over || this.poured || !this.open) return null;
    if (!this.channel) {
      this.channel = this.open();
      this.settle?.({ status: 200, body: null, stream: this.channel.stream });
    }
    return this.channel;
  }

  private close(answer: Answer): void {
    this.finish();
    // What was poured is the answer.
    if (this.poured) return;
    if (!this.channel) this.settle?.(answer);
    else {
      if (answer.body !== null) this.channel.send(typeof answer.body === "string" ? answer.body : answer.body.join(""));
      this.channel.end();
    }
  }

  private fail(error: unknown, reject: (error: unknown) => void): void {
    this.finish();
    if (this.poured) {
      reportFault(error);
      this.poured.cut();
    } else if (!this.channel) reject(error);
    else {
      // The status went out long ago; the cause is for the operator only (ME-20).
      this.channel.send(errorText(this.id, { code: rpc.internal, message: `the portal cannot answer now (${reportFault(error)})` }));
      this.channel.end();
    }
  }
}

/** A stream for a client without a session: it cannot be resumed. */
export function plainChannel(): Channel {
  const stream = new EventStream();
  return { stream, send: (message) => stream.send(message), end: () => stream.end() };
}
