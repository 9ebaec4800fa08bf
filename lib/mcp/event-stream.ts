import { limits } from "@/lib/limits";

/** So much may wait for a reader before what fills the stream is asked to wait, too. */
const behindChars = 65_536;
/** So many keep-alives missed in a row, a minute's worth, and the reader is given up. */
const stuckBeatsMax = 4;

/** Where a mount writes an event stream to. */
export type Sink = {
  /** False: the reader is behind; `EventStream.drained` follows once it has caught up. */
  write(text: string): boolean;
  close(): void;
  /** Ends the connection without waiting for the reader. */
  cut(): void;
};

/**
 * One `text/event-stream` answer, filled by the gateway and written by a mount. What is sent before the mount is there, or while
 * the reader is behind, waits up to a limit; a reader that stays behind is cut off (ME-13).
 */
export class EventStream {
  private sink: Sink | null = null;
  private waiting: string[] = [];
  private waitingChars = 0;
  private blocked = true;
  private ended = false;
  private readonly closing: (() => void)[] = [];
  private timer: NodeJS.Timeout | null = null;
  private stuckBeats = 0;
  private readonly onRead: (() => void)[] = [];

  /** One JSON-RPC message. With an id the client can come back for what follows it. */
  send(message: string, id?: string): void {
    // A server may have written its JSON over several lines; each is a line of data here, and the reader joins them again.
    const data = /[\r\n]/.test(message) ? message.replace(/\r\n|\r|\n/g, "\ndata: ") : message;
    this.write(`event: message\n${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`);
  }

  /** An event without data: from its id on the client can resume, after that time (SEP-1699). */
  prime(id: string, retryMs: number): void {
    this.write(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`);
  }

  retry(retryMs: number): void {
    this.write(`retry: ${retryMs}\n\n`);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (!this.blocked) this.finish();
  }

  /** Called by the mount when the client is gone. */
  gone(): void {
    this.ended = true;
    this.waiting = [];
    this.waitingChars = 0;
    this.finish();
  }

  onClosed(listener: () => void): void {
    if (this.ended && this.waiting.length === 0) listener();
    else this.closing.push(listener);
  }

  get isOpen(): boolean {
    return !this.ended;
  }

  /** Null while the reader keeps up; otherwise resolves when it has caught up, or is gone. Who waits for it lets nothing pile up here. */
  whenRead(): Promise<void> | null {
    if (this.waitingChars <= behindChars) return null;
    return new Promise((resolve) => this.onRead.push(resolve));
  }

  attach(sink: Sink): void {
    this.sink = sink;
    this.timer = setInterval(() => this.beat(), limits.streamKeepAliveMs);
    this.timer.unref();
    this.drained();
  }

  drained(): void {
    this.blocked = false;
    this.stuckBeats = 0;
    while (this.sink && !this.blocked) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      this.waitingChars -= next.length;
      this.blocked = !this.sink.write(next);
    }
    if (this.waitingChars <= behindChars) this.read();
    if (this.ended && this.waiting.length === 0) this.finish();
  }

  private beat(): void {
    if (!this.blocked) this.write(": keep-alive\n\n");
    else if (++this.stuckBeats >= stuckBeatsMax) this.cut();
  }

  /** The reader took nothing for too long, or is too far behind. */
  private cut(): void {
    const { sink } = this;
    this.gone();
    sink?.cut();
  }

  private read(): void {
    for (const resolve of this.onRead.splice(0)) resolve();
  }

  private write(text: string): void {
    if (this.ended) return;
    if (this.sink && !this.blocked) {
      this.blocked = !this.sink.write(text);
      return;
    }
    // One message more may always wait, as large as any result is; only what has piled up counts.
    if (this.waitingChars > limits.streamBufferCharsMax) this.cut();
    else {
      this.waiting.push(text);
      this.waitingChars += text.length;
    }
  }

  private finish(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.sink?.close();
    this.sink = null;
    this.read();
    for (const listener of this.closing.splice(0)) listener();
  }
}
