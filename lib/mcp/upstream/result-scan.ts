/** What the scan has made of the bytes so far. `unfit`: this message cannot be passed on in pieces. */
export type ScanState = "head" | "result" | "done" | "unfit" | "broken";

const captureCharsMax = 1_048_576;

/**
 * Reads a JSON-RPC answer byte by byte as it arrives, so that the members of its result can be passed on before the end is there. Nothing is
 * parsed but the names of members; values are cut out as they were written. The message's own `id` has to come before its result.
 */
export class ResultScan {
  state: ScanState = "head";
  /** Members of the result that were held back, and the message's own small ones, as written. */
  readonly held = new Map<string, string>();
  readonly outer = new Map<string, string>();
  /** Set once the result's `isError` was seen, which is passed on as well. */
  isError = false;
  private mode: Mode = "start";
  private level: 1 | 2 = 1;
  private key = "";
  private token: string[] = [];
  private tokenChars = 0;
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  private keep: "hold" | "pass" | "both" = "hold";
  private isFirst = true;
  private out: (string | Buffer)[] = [];

  /** `holds`: members of the result that are kept back. `accepts` sees the outer members before the result begins; false makes it unfit. */
  constructor(
    private readonly holds: ReadonlySet<string>,
    private readonly accepts: (outer: ReadonlyMap<string, string>) => boolean,
  ) {}

  /** The pieces of the result's members, without its braces, that these bytes complete. */
  push(chunk: Buffer): (string | Buffer)[] {
    this.out = [];
    let at = 0;
    while (at < chunk.length && this.state !== "unfit" && this.state !== "broken") at = this.step(chunk, at);
    return this.out;
  }

  /** Whether no member of the result has been passed on. */
  get isEmpty(): boolean {
    return this.isFirst;
  }

  /** True when the message came to its end as JSON does. */
  get isComplete(): boolean {
    return this.state === "done" && this.mode === "end";
  }

  private step(chunk: Buffer, at: number): number {
    if (this.mode === "value") return this.value(chunk, at);
    if (this.mode === "key") return this.inKey(chunk, at);
    const code = chunk[at] ?? 0;
    if (isSpace(code)) return at + 1;
    switch (this.mode) {
      case "start":
        return code === openBrace ? this.to("name", at + 1) : this.give("unfit", at);
      case "name":
        if (code === closeBrace) return this.closed(at + 1);
        if (code === comma) return at + 1;
        if (code !== quote) return this.give("broken", at);
        this.begin();
        return this.to("key", at + 1);
      case "colon":
        return code === colon ? this.to("before", at + 1) : this.give("broken", at);
      case "before":
        return this.opens(code, at);
      default:
        return this.give("broken", at);
    }
  }

  private inKey(chunk: Buffer, at: number): number {
    const end = this.stringEnd(chunk, at);
    this.capture(chunk, at, end < 0 ? chunk.length : end - 1);
    if (end < 0) return chunk.length;
    this.key = this.captured();
    if (this.key.includes("\\")) this.key = unescaped(this.key);
    return this.to("colon", end);
  }

  /** The value of a member begins. */
  private opens(code: number, at: number): number {
    if (this.level === 1 && this.key === "result") {
      if (this.state !== "head" || code !== openBrace || !this.accepts(this.outer)) return this.give(this.state === "head" ? "unfit" : "broken", at);
      this.state = "result";
      this.level = 2;
      return this.to("name", at + 1);
    }
    if (this.level === 1 && this.key === "error") return this.give(this.state === "head" ? "unfit" : "broken", at);
    this.keep = this.level === 1 || this.holds.has(this.key) ? "hold" : this.key === "isError" ? "both" : "pass";
    if (this.keep !== "hold") {
      this.out.push(`${this.isFirst ? "" : ","}${JSON.stringify(this.key)}:`);
      this.isFirst = false;
    }
    this.begin();
    this.depth = 0;
    this.inString = false;
    return this.to("value", at);
  }

  private value(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length) {
      if (this.inString) {
        const end = this.stringEnd(chunk, at);
        if (end < 0) {
          at = chunk.length;
          break;
        }
        this.inString = false;
        at = end;
        if (this.depth === 0) return this.ended(chunk, start, at);
        continue;
      }
      const code = chunk[at] ?? 0;
      if (code === quote) this.inString = true;
      else if (code === openBrace || code === openBracket) this.depth++;
      else if (this.depth === 0 && (code === comma || code === closeBrace || isSpace(code))) return this.ended(chunk, start, at);
      else if (code === closeBrace || code === closeBracket) {
        this.depth--;
        if (this.depth === 0) return this.ended(chunk, start, at + 1);
      }
      at++;
    }
    this.piece(chunk, start, at);
    return at;
  }

  private ended(chunk: Buffer, start: number, end: number): number {
    this.piece(chunk, start, end);
    const text = this.keep === "pass" ? "" : this.captured();
    if (this.level === 1) this.outer.set(this.key, text);
    else if (this.keep === "hold") this.held.set(this.key, text);
    else if (this.keep === "both") this.isError = text.trim() === "true";
    return this.to("name", end);
  }

  private closed(at: number): number {
    if (this.level === 1) return this.to("end", at);
    this.level = 1;
    this.state = "done";
    return this.to("name", at);
  }

  private piece(chunk: Buffer, start: number, end: number): void {
    if (start === end) return;
    if (this.keep !== "pass") this.capture(chunk, start, end);
    if (this.keep !== "hold") this.out.push(chunk.subarray(start, end));
  }

  private capture(chunk: Buffer, start: number, end: number): void {
    this.tokenChars += end - start;
    if (this.tokenChars > captureCharsMax) this.give(this.state === "head" ? "unfit" : "broken", end);
    else this.token.push(chunk.toString("latin1", start, end));
  }

  /** The position behind the closing quote, or -1 when the string goes on in the next chunk. */
  private stringEnd(chunk: Buffer, start: number): number {
    const from = this.isEscaped ? start + 1 : start;
    this.isEscaped = false;
    for (let at = from; ; ) {
      const close = chunk.indexOf(quote, at);
      const edge = close < 0 ? chunk.length : close;
      let backslashes = 0;
      while (edge - 1 - backslashes >= from && chunk[edge - 1 - backslashes] === backslash) backslashes++;
      const isEscape = backslashes % 2 === 1;
      if (close < 0) {
        this.isEscaped = isEscape;
        return -1;
      }
      if (!isEscape) return close + 1;
      at = close + 1;
    }
  }

  // Cut between any two bytes, so it is text only once it is whole.
  private captured(): string {
    return Buffer.from(this.token.join(""), "latin1").toString("utf8");
  }

  private begin(): void {
    this.token = [];
    this.tokenChars = 0;
    this.isEscaped = false;
  }

  private to(mode: Mode, at: number): number {
    this.mode = mode;
    return at;
  }

  private give(state: "unfit" | "broken", at: number): number {
    this.state = state;
    return at;
  }
}

type Mode = "start" | "name" | "key" | "colon" | "before" | "value" | "end";

function unescaped(key: string): string {
  try {
    return String(JSON.parse(`"${key}"`));
  } catch {
    return key;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
