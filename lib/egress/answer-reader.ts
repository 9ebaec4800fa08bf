import { EgressError } from "./errors";

export type AnswerHandler = {
  head(status: number, headers: Record<string, string>): void;
  data(chunk: Buffer): void;
  /** `isKept`: the connection can carry another exchange. */
  end(isKept: boolean): void;
};

type State = "head" | "length" | "size" | "chunk" | "chunk end" | "trailer" | "rest" | "over";

const lineBytesMax = 8_192;

/**
 * One answer on a connection, as it arrives (RFC 9112). Strict: what two readers could understand in two ways is refused, so that no
 * part of one answer is ever taken for the next. Throws `EgressError`.
 */
export class AnswerReader {
  private state: State = "head";
  /** The beginning of what is not complete yet: a head, or a line between chunks. */
  private part: Buffer | null = null;
  private left = 0;
  private isKept = false;

  constructor(
    private readonly to: AnswerHandler,
    private readonly headBytesMax: number,
  ) {}

  push(arrived: Buffer): void {
    let chunk = this.part ? Buffer.concat([this.part, arrived]) : arrived;
    this.part = null;
    while (chunk.length > 0 && this.state !== "over") {
      const read = this.read(chunk);
      if (read === 0) {
        this.part = chunk;
        return;
      }
      chunk = read === chunk.length ? nothing : chunk.subarray(read);
    }
    // Nobody asked for what follows an answer.
    if (chunk.length > 0) throw malformed("it goes on after its end");
  }

  /** The connection ended in good order; false in the middle of an answer. */
  close(): boolean {
    if (this.state === "rest") this.end(0);
    return this.state === "over";
  }

  /** How many bytes were used; 0: more are needed. */
  private read(chunk: Buffer): number {
    switch (this.state) {
      case "head":
        return this.head(chunk);
      case "length":
      case "chunk":
        return this.counted(chunk);
      case "size":
        return this.size(chunk);
      case "chunk end":
        return this.chunkEnd(chunk);
      case "trailer":
        return this.trailer(chunk);
      default:
        this.to.data(chunk);
        return chunk.length;
    }
  }

  private head(chunk: Buffer): number {
    const end = chunk.indexOf("\r\n\r\n");
    if ((end < 0 ? chunk.length : end) > this.headBytesMax) throw new EgressError("too_large", true, "the head of the answer is too large");
    if (end < 0) return 0;
    const lines = chunk.toString("latin1", 0, end).split("\r\n");
    const [, minor, code] = statusLine.exec(lines[0] ?? "") ?? [];
    const status = Number(code ?? 0);
    if (status < 100 || status === 101) throw malformed("its first line");
    if (status >= 200) this.begin(status, headersIn(lines), minor === "1", chunk.length - end - 4);
    return end + 4;
  }

  private begin(status: number, headers: Record<string, string>, isCurrent: boolean, follows: number): void {
    const { connection, "content-length": length, "transfer-encoding": coding } = headers;
    this.isKept = isCurrent && (connection === undefined || !/\bclose\b/i.test(connection));
    if (coding !== undefined && (length !== undefined || !isCurrent || coding.toLowerCase() !== "chunked")) throw malformed("its transfer-encoding");
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed("its content-length");
    this.left = Number(length ?? 0);
    const isEmpty = status === 204 || status === 304 || (length !== undefined && this.left === 0);
    this.state = isEmpty || length !== undefined ? "length" : coding !== undefined ? "size" : "rest";
    this.to.head(status, headers);
    if (isEmpty) this.end(follows);
  }

  private counted(chunk: Buffer): number {
    const take = Math.min(this.left, chunk.length);
    this.left -= take;
    this.to.data(take === chunk.length ? chunk : chunk.subarray(0, take));
    if (this.left > 0 || this.state === "over") return take;
    if (this.state === "chunk") this.state = "chunk end";
    else this.end(chunk.length - take);
    return take;
  }

  private size(chunk: Buffer): number {
    const end = lineEnd(chunk);
    if (end < 0) return 0;
    const [, digits] = sizeLine.exec(chunk.toString("latin1", 0, end)) ?? [];
    if (digits === undefined) throw malformed("the size of a chunk");
    this.left = Number.parseInt(digits, 16);
    this.state = this.left === 0 ? "trailer" : "chunk";
    return end + 2;
  }

  private chunkEnd(chunk: Buffer): number {
    if (chunk.length < 2) return 0;
    if (chunk[0] !== 0x0d || chunk[1] !== 0x0a) throw malformed("the end of a chunk");
    this.state = "size";
    return 2;
  }

  /** Trailers are nobody's business. */
  private trailer(chunk: Buffer): number {
    const end = lineEnd(chunk);
    if (end < 0) return 0;
    this.left += end;
    if (this.left > this.headBytesMax) throw new EgressError("too_large", true, "the trailers of the answer are too large");
    if (end === 0) this.end(chunk.length - 2);
    return end + 2;
  }

  private end(follows: number): void {
    const isKept = this.isKept && this.state !== "rest" && follows === 0;
    this.state = "over";
    this.to.end(isKept);
  }
}

function headersIn(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!fieldName.test(name) || !fieldValue.test(value)) throw malformed("a header");
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}

function lineEnd(chunk: Buffer): number {
  const end = chunk.indexOf("\r\n");
  if ((end < 0 ? chunk.length : end) > lineBytesMax) throw malformed("a line that does not end");
  return end;
}

const nothing = Buffer.alloc(0);
const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const sizeLine = /^([0-9a-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const malformed = (what: string) => new EgressError("reset", true, `the answer is not valid HTTP: ${what}`);
