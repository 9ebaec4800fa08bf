import type { Socket } from "node:net";
import { limits } from "@/lib/limits";
import { AnswerReader } from "./answer-reader";
import { EgressError } from "./errors";

/** What travels on a connection: one request, and its answer. */
export type Carried = {
  /** It is about to be written. */
  begin(connection: Connection): void;
  head(status: number, headers: Record<string, string>): void;
  data(chunk: Buffer): void;
  end(): void;
  /** After `end`, nothing. */
  fail(error: Error): void;
};

export type Owner = {
  /** It can carry another exchange. */
  released(connection: Connection): void;
  closed(connection: Connection): void;
};

const idleMsMax = 10_000;
/** A server that says when it hangs up is taken at its word, two seconds early: a request that crosses its goodbye fails, since it is not sent twice. */
const hangUpMarginMs = 2_000;

/** A connection to one origin: one exchange at a time, and kept for the next. */
export class Connection {
  private carried: Carried | null = null;
  private reader: AnswerReader | null = null;
  private idleSince = 0;
  private idleMs = idleMsMax;
  private keepAlive = "";
  private isPaused = false;
  /** When this exchange first read nothing for a while; its server may have been done by then, and be counting how long nobody asks. */
  private pausedAt: number | null = null;
  private cause: Error | null = null;

  constructor(
    private readonly socket: Socket,
    private readonly owner: Owner,
  ) {
    // Who waits for an answer keeps the process alive, not who might ask again.
    socket.unref();
    socket.on("data", (chunk: Buffer) => this.arrived(chunk));
    socket.on("end", () => this.finished());
    socket.on("error", (error) => {
      this.cause = error;
    });
    socket.on("close", () => this.closed());
  }

  /** False when it was closed, or may be by the time that a request arrives. */
  isFresh(now: number): boolean {
    return !this.socket.destroyed && !this.socket.readableEnded && now - this.idleSince < this.idleMs;
  }

  carry(carried: Carried, { head, body }: { head: string; body: string | Buffer | undefined }): void {
    this.carried = carried;
    this.pausedAt = null;
    this.reader = new AnswerReader(this, limits.upstreamHeaderBytesMax);
    carried.begin(this);
    const { socket } = this;
    if (body === undefined) socket.write(head, "latin1");
    // One string is one write; as UTF-8 that is the same only for a head of ASCII.
    else if (typeof body === "string" && isAscii.test(head)) socket.write(head + body, "utf8");
    else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body);
      socket.uncork();
    }
  }

  pause(): void {
    this.isPaused = true;
    this.pausedAt ??= performance.now();
    this.socket.pause();
  }

  resume(): void {
    if (this.isPaused) this.socket.resume();
    this.isPaused = false;
  }

  destroy(): void {
    this.socket.destroy();
  }

  head(status: number, headers: Record<string, string>): void {
    const { "keep-alive": hint = "" } = headers;
    if (hint !== this.keepAlive) this.heed(hint);
    this.carried?.head(status, headers);
  }

  data(chunk: Buffer): void {
    this.carried?.data(chunk);
  }

  end(isKept: boolean): void {
    const { carried, socket } = this;
    this.carried = null;
    this.reader = null;
    const now = performance.now();
    this.idleSince = this.pausedAt ?? now;
    // A server that answers before it has read everything may hang up on the rest.
    if (isKept && socket.writableLength === 0 && !socket.destroyed && (this.pausedAt === null || this.isFresh(now))) {
      this.resume();
      this.owner.released(this);
    } else socket.destroy();
    carried?.end();
  }

  private arrived(chunk: Buffer): void {
    // Nobody asked.
    if (!this.reader) return void this.socket.destroy();
    try {
      this.reader.push(chunk);
    } catch (error) {
      this.lost(error instanceof Error ? error : new Error(String(error)));
      this.socket.destroy();
    }
  }

  private finished(): void {
    if (this.reader?.close() !== true) this.lost(new EgressError("reset", true, "the server closed the connection"));
    this.socket.destroy();
  }

  private closed(): void {
    this.lost(this.cause ?? new EgressError("reset", true, "the connection was closed"));
    this.owner.closed(this);
  }

  private lost(error: Error): void {
    const { carried } = this;
    this.carried = null;
    this.reader = null;
    carried?.fail(error);
  }

  private heed(hint: string): void {
    this.keepAlive = hint;
    const [, seconds] = /\btimeout=(\d{1,6})\b/i.exec(hint) ?? [];
    this.idleMs = seconds === undefined ? idleMsMax : Math.min(idleMsMax, Math.max(0, Number(seconds) * 1_000 - hangUpMarginMs));
  }
}

// Every byte is one byte in UTF-8 as well.
const isAscii = /^[\x00-\x7f]*$/;
