import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { rowMark, valueMark } from "./call-text";

/** What a record of the spool says: a call began (`start`), it ended (`end`: its id, then the end), or both at once (`row`). */
export type SpoolRecord = { kind: "start" | "end" | "row"; body: string };

const letters = { start: "s", end: "e", row: "r" } as const;
const kinds = { s: "start", e: "end", r: "row" } as const;

/** One record: its kind, a checksum, the body, and a mark that no body holds. */
export function recordText(kind: SpoolRecord["kind"], body: string): string {
  return `${letters[kind]}${crc32(body).toString(36)}${valueMark}${body}${rowMark}`;
}

export type Chunk = { records: SpoolRecord[]; damaged: number; bytes: number; isLast: boolean };

/**
 * The records of a file from an offset on, at most `bytesMax` of it. `bytes` is how far they reach, `isLast` that nothing whole follows.
 * A record that was torn or damaged is passed over and counted.
 */
export function readChunk(path: string, offset: number, bytesMax: number): Chunk {
  const { buffer, isLast } = bytesFrom(path, offset, bytesMax);
  const end = buffer.lastIndexOf(mark) + 1;
  if (end === 0 && !isLast && bytesMax < recordBytesMax) return readChunk(path, offset, recordBytesMax);
  if (end === 0) return { records: [], damaged: buffer.length > 0 ? 1 : 0, bytes: buffer.length, isLast };
  const texts = buffer.toString("utf8", 0, end - 1).split(rowMark);
  const records = texts.flatMap((text) => parsed(text) ?? []);
  const torn = isLast && end < buffer.length ? 1 : 0;
  return { records, damaged: texts.length - records.length + torn, bytes: isLast ? buffer.length : end, isLast };
}

/** What is longer is no record. */
const recordBytesMax = 1_048_576;
const mark = rowMark.charCodeAt(0);

function parsed(text: string): SpoolRecord | null {
  const at = text.indexOf(valueMark);
  const kind = kinds[text[0] as keyof typeof kinds];
  const body = text.slice(at + 1);
  return at > 0 && kind && text.slice(1, at) === crc32(body).toString(36) ? { kind, body } : null;
}

function bytesFrom(path: string, offset: number, bytesMax: number): { buffer: Buffer; isLast: boolean } {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { buffer: Buffer.alloc(0), isLast: true };
    throw error;
  }
  try {
    const left = Math.max(0, fstatSync(file).size - offset);
    const buffer = Buffer.allocUnsafe(Math.min(left, bytesMax));
    let length = 0;
    for (let got = 1; got > 0 && length < buffer.length; length += got) got = readSync(file, buffer, length, buffer.length - length, offset + length);
    return { buffer: buffer.subarray(0, length), isLast: length === left };
  } finally {
    closeSync(file);
  }
}
