import { hash, randomBytes, randomFillSync } from "node:crypto";

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
  | "jrn"
  | "acc"
  | "aud"
  | "mcs"
  | "con"
  | "clr"
  | "svc"
  | "ntc"
  | "ntb";

let lastMs = 0;
let high = 0;
let low = 0;

/** A primary key: prefix, `_`, 10 characters of milliseconds and 16 random ones. Ids made in one process sort by creation. */
export function newId(prefix: IdPrefix, nowMs = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // The top bit stays free, so that counting on from here cannot run over within the millisecond.
    high = random40() % 2 ** 39;
    low = random40();
  } else {
    low += 1 + (random40() % 65_536);
    if (low >= 2 ** 40) {
      low -= 2 ** 40;
      high++;
    }
  }
  return `${prefix}_${base32(lastMs, 10)}${base32(high, 8)}${base32(low, 8)}`;
}

export const isId = (text: string) => /^[a-z]{3}_[0-9a-z]{26}$/.test(text);

/** The earliest possible id of a table at a moment, for range conditions on time-ordered keys. */
export const idAt = (prefix: IdPrefix, at: Date) => `${prefix}_${base32(at.getTime(), 10)}${"0".repeat(16)}`;

/** What a person reads out when a sign-in failed, and what finds every step of it again: short, without look-alike letters. No secret. */
export const newReference = () => `ref_${base32(random40(), 8)}${base32(random40() % 1_024, 2)}`;

export const isReference = (text: string) => /^ref_[0-9a-z]{10}$/.test(text);

/** A bearer secret: a readable prefix for secret scanners, then 256 random bits. Store `hashToken` of it, never itself. */
export const newToken = (prefix: string) => `${prefix}_${randomBytes(32).toString("base64url")}`;

/** SHA-256, base64url. Tokens have 256 bits, so a plain hash is enough (CR-05). */
export const hashToken = (token: string) => hash("sha256", token, "base64url");

// One system call for a thousand ids.
const pool = Buffer.alloc(5_120);
let poolAt = pool.length;

function random40(): number {
  if (poolAt >= pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  poolAt += 5;
  return pool.readUIntBE(poolAt - 5, 5);
}

const pairs = Array.from({ length: 1_024 }, (_, n) => `${alphabet[n >> 5]}${alphabet[n & 31]}`);

/** An even number of characters, the most significant first; `value` is a whole number below 2 ** 53. */
function base32(value: number, length: number): string {
  let text = "";
  for (let rest = value, i = 0; i < length; i += 2) {
    const more = Math.floor(rest / 1_024);
    text = pairs[rest - more * 1_024] + text;
    rest = more;
  }
  return text;
}
