import { type Stop, Stopper } from "@/lib/stop";
import { randomUUID } from "node:crypto";
import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject, rpc } from "../frame";
import type { Peer, PeerAnswer, PeerMessage, UpstreamReply } from "../upstream-types";

export type Turn = { reply: UpstreamReply } | { questions: Map<string, PeerMessage> };

// Questions of one server often come in a burst; they are handed out together.
const gatherMs = 20;

/**
 * A call to a server that may ask back. While a request of the client's is being answered, the call is attended; when the server
 * asks, that request is answered with the questions, and the call waits, unattended, for the request that brings the answers.
 */
export class ParkedCall {
  readonly id = randomUUID();
  private readonly stopper = new Stopper();
  private readonly open = new Map<string, { message: PeerMessage; answer: (answer: PeerAnswer) => void }>();
  private reply: Promise<{ reply: UpstreamReply } | { error: unknown }> | null = null;
  private onQuestion: (() => void) | null = null;
  private say: ((message: PeerMessage) => void) | null = null;
  private lastQuestion = 0;

  private whenRead: (() => Promise<void> | null) | null = null;

  readonly peer: Peer = {
    notify: (message) => this.say?.(message),
    ask: (message, signal) => this.ask(message, signal),
    whenRead: () => this.whenRead?.() ?? null,
  };

  constructor(
    readonly owner: { callerId: string; partyKey: string },
    /** What the server asks, as it may be passed on; null refuses it. */
    private readonly screen: (message: PeerMessage) => PeerMessage | null,
  ) {}

  get signal(): Stop {
    return this.stopper;
  }

  start(send: () => Promise<UpstreamReply>): void {
    this.reply = send().then(
      (reply) => ({ reply }),
      (error: unknown) => ({ error }),
    );
  }

  /** Attends the call until it is over or has something to ask. Gone is the client, gone is the call. */
  async turn(say: (message: PeerMessage) => void, gone: Stop, whenRead: (() => Promise<void> | null) | null = null): Promise<Turn> {
    const abort = () => this.stopper.abort();
    if (gone.aborted) abort();
    gone.addEventListener("abort", abort, { once: true });
    this.say = say;
    this.whenRead = whenRead;
    try {
      const asked = new Promise<"asked">((resolve) => {
        this.onQuestion = () => setTimeout(resolve, gatherMs, "asked");
        if (this.open.size > 0) this.onQuestion();
      });
      const first = await Promise.race([this.reply, asked]);
      if (first === "asked") return { questions: new Map([...this.open].map(([key, { message }]) => [key, message])) };
      if (!first) throw new Error("the call was never started");
      if ("error" in first) throw first.error;
      return first;
    } finally {
      this.say = null;
      this.whenRead = null;
      this.onQuestion = null;
      gone.removeEventListener("abort", abort);
    }
  }

  /** Takes the answers the client brought; what it leaves out is asked again. */
  deliver(responses: JsonObject): void {
    for (const [key, value] of Object.entries(responses)) {
      const question = this.open.get(key);
      if (!question || !isObject(value)) continue;
      this.open.delete(key);
      question.answer({ result: value });
    }
  }

  abort(): void {
    this.stopper.abort();
  }

  private ask(asked: PeerMessage, signal: Stop): Promise<PeerAnswer> {
    const message = this.screen(asked);
    if (!message) return Promise.resolve({ error: { code: rpc.invalidParams, message: "the portal does not pass this on" } });
    const key = `${message.method.replace(/\W/g, "_")}_${++this.lastQuestion}`;
    return new Promise((answer) => {
      const withdraw = () => {
        this.open.delete(key);
        answer({ error: { code: rpc.internal, message: "the question was withdrawn" } });
      };
      if (signal.aborted) return withdraw();
      signal.addEventListener("abort", withdraw, { once: true });
      this.open.set(key, {
        message,
        answer: (given) => {
          signal.removeEventListener("abort", withdraw);
          answer(given);
        },
      });
      this.onQuestion?.();
    });
  }
}
