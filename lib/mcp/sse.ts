import { StringDecoder } from "node:string_decoder";

export type SseEvent = { event: string; data: string };

/** Takes the bytes of an event stream and gives back whole events. Throws when one grows past the limit. */
export class SseReader {
  private readonly decoder = new StringDecoder("utf8");
  private pieces: string[] = [];
  private pendingChars = 0;
  private event = "";
  private data: string[] = [];
  private dataChars = 0;
  private first = true;
  private id = "";
  /** The id of the last whole event that had one: where to go on when the stream breaks. Null when it could not stand in a header. */
  lastEventId: string | null = null;
  /** How long the server wants to be left alone before the stream is opened again. */
  retryMs: number | null = null;

  constructor(private readonly eventCharsMax: number) {}

  push(chunk: Buffer): SseEvent[] {
    let text = this.decoder.write(chunk);
    if (this.first && text.length > 0) {
      this.first = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    // Only a piece with a line end is joined with what came before, so a long line costs its length once.
    if (!/[\r\n]/.test(text)) {
      this.hold(text);
      return [];
    }
    const lines = `${this.pieces.join("")}${text}`.split(/\r\n|\n|\r(?!$)/);
    this.pieces = [];
    this.pendingChars = 0;
    this.hold(lines.pop() ?? "");
    const events: SseEvent[] = [];
    for (const line of lines) {
      if (line === "") this.dispatch(events);
      else this.field(line);
    }
    return events;
  }

  private hold(text: string): void {
    this.pieces.push(text);
    this.pendingChars += text.length;
    this.bound(this.pendingChars + this.dataChars);
  }

  private field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") this.event = value;
    if (name === "id") this.id = value;
    if (name === "retry" && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
    if (name !== "data") return;
    this.data.push(value);
    this.dataChars += value.length;
    this.bound(this.dataChars);
  }

  private dispatch(events: SseEvent[]): void {
    if (this.id !== "") this.lastEventId = /^[\x20-\x7e]{1,1024}$/.test(this.id) ? this.id : null;
    this.id = "";
    if (this.data.length > 0) events.push({ event: this.event || "message", data: this.data.join("\n") });
    this.event = "";
    this.data = [];
    this.dataChars = 0;
  }

  private bound(chars: number): void {
    if (chars > this.eventCharsMax) throw new SseTooLarge();
  }
}

export class SseTooLarge extends Error {}
