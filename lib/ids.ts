import { createHash, randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export type IdPrefix =
  | "per"
  | "ses"
  | "lnk"
  | "ins"
  | "org"
  | "inv"
  | "blk"
  | "grp"
  | "srv"
  | "cap"
  | "pol"
  | "ptl"
  | "cli"
  | "azn"
  | "gnt"
  | "cal"
  | "acc"
  | "aud"
  | "mcs"
  | "con"
  | "clr";

let lastMs = 0;
let lastSuffix = 0n;

/** A primary key: prefix, `_`, 10 characters of milliseconds and 16 random ones. Ids made in one process sort by creation. */
export function newId(prefix: IdPrefix, nowMs = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    lastSuffix = BigInt(`0x${randomBytes(10).toString("hex")}`) >> 1n;
  } else {
    lastSuffix += BigInt(1 + (randomBytes(2).readUInt16BE() | 0));
  }
  return `${prefix}_${base32(BigInt(lastMs), 10)}${base32(lastSuffix, 16)}`;
}

export const isId = (text: string) => /^[a-z]{3}_[0-9a-z]{26}$/.test(text);

/** The earliest possible id of a table at a moment, for range conditions on time-ordered keys. */
export const idAt = (prefix: IdPrefix, at: Date) => `${prefix}_${base32(BigInt(at.getTime()), 10)}${"0".repeat(16)}`;

/** A bearer secret: a readable prefix for secret scanners, then 256 random bits. Store `hashToken` of it, never itself. */
export const newToken = (prefix: string) => `${prefix}_${randomBytes(32).toString("base64url")}`;

/** SHA-256, base64url. Tokens have 256 bits, so a plain hash is enough (CR-05). */
export const hashToken = (token: string) => createHash("sha256").update(token).digest("base64url");

function base32(value: bigint, length: number): string {
  let text = "";
  for (let rest = value, i = 0; i < length; i++, rest >>= 5n) text = (alphabet[Number(rest & 31n)] ?? "0") + text;
  return text;
}
