import { constants, crc32, deflateRawSync } from "node:zlib";
import type { AnswerBody } from "./answers";

/** Below this a body travels in a few packets, and is not worth anybody's time. */
const gzipBytesMin = 32_768;

/** What of a kept piece is worth keeping, too: its deflated form, and how it moves a checksum that comes to it. */
type Deflated = { blocks: Buffer; crc: number; shift: Uint32Array };

const deflated = new WeakMap<Buffer, Deflated>();

/**
 * A large kept body as one gzip member (RFC 1952), or null where there is none. Kept pieces are deflated once; what stands around them, which
 * differs from answer to answer, goes in as stored blocks, and the checksum of the whole is put together from those of its pieces.
 */
export function gzipped(body: AnswerBody): Buffer[] | null {
  if (typeof body === "string" || body.reduce((sum, piece) => sum + (typeof piece === "string" ? 0 : piece.length), 0) < gzipBytesMin) return null;
  const parts: Buffer[] = [memberHeader];
  let crc = 0;
  let bytes = 0;
  for (const piece of body) {
    if (typeof piece === "string") {
      const data = Buffer.from(piece);
      bytes += data.length;
      parts.push(...stored(data));
      crc = crc32(data, crc);
    } else {
      const kept = deflatedOf(piece);
      bytes += piece.length;
      parts.push(kept.blocks);
      crc = (applied(kept.shift, crc) ^ kept.crc) >>> 0;
    }
  }
  const end = Buffer.alloc(13);
  end.set(lastBlock);
  end.writeUInt32LE(crc, 5);
  end.writeUInt32LE(bytes >>> 0, 9);
  return [...parts, end];
}

/** Whether an `Accept-Encoding` names gzip without ruling it out (RFC 9110 §12.5.3). */
export const takesGzip = (accepted: string | undefined): boolean => /(?:^|,)\s*(?:x-)?gzip\s*(?:,|$|;\s*q=(?!0(?:\.0{0,3})?\s*(?:,|$)))/i.test(accepted ?? "");

function deflatedOf(data: Buffer): Deflated {
  let known = deflated.get(data);
  if (!known) {
    // A full flush ends on a byte, with no block marked as the last one.
    known = { blocks: deflateRawSync(data, { level: 4, finishFlush: constants.Z_FULL_FLUSH }), crc: crc32(data), shift: shiftOf(data.length) };
    deflated.set(data, known);
  }
  return known;
}

const memberHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const lastBlock = [1, 0, 0, 0xff, 0xff];
const storedBytesMax = 65_535;

/** Blocks without compression (RFC 1951 §3.2.4); each begins on a byte, since the one before it ended on one. */
function stored(data: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < data.length; at += storedBytesMax) {
    const part = data.subarray(at, at + storedBytesMax);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(part.length, 1);
    head.writeUInt16LE(~part.length & 0xffff, 3);
    blocks.push(head, part);
  }
  return blocks;
}

// A CRC is linear over GF(2): what so many zero bytes behind it do to one is a matrix of 32 columns, found by squaring the matrix of one bit.
function shiftOf(bytes: number): Uint32Array {
  let power = Uint32Array.from({ length: 32 }, (_, bit) => (bit === 0 ? 0xedb88320 : 1 << (bit - 1)));
  for (let i = 0; i < 3; i++) power = squared(power);
  let result = Uint32Array.from({ length: 32 }, (_, bit) => 1 << bit);
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result.map((column) => applied(power, column));
    power = squared(power);
  }
  return result;
}

const squared = (matrix: Uint32Array<ArrayBuffer>) => matrix.map((column) => applied(matrix, column));

function applied(matrix: Uint32Array, vector: number): number {
  let sum = 0;
  for (let bit = 0, left = vector >>> 0; left !== 0; bit++, left >>>= 1) if (left & 1) sum ^= matrix[bit] ?? 0;
  return sum >>> 0;
}
