import type { JsonObject } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";

/**
 * The JSON under which a definition is stored and listed: what the server wrote, to the byte. It is serialised anew where that would
 * not be what an admin saw and approved, i.e. where keys occur twice, which parsers read differently, or where it was repaired.
 */
export function keptText(definition: JsonObject, raw: JsonObject, written: string | undefined): string {
  const own = JSON.stringify(definition);
  if (written === undefined || own !== JSON.stringify(raw)) return own;
  if (Buffer.byteLength(written) > limits.definitionBytesMax || keysIn(written) !== countKeys(definition)) return own;
  return written;
}

/** The numbers in a JSON text that a parser would round: beyond 2^53, or with more digits than a double has. */
export function roundedNumbers(text: string): string[] {
  const found: string[] = [];
  for (const [token] of text.matchAll(stringOrNumber)) {
    if (token.startsWith('"') || String(Number(token)) === token) continue;
    if (digits(token).length > 15 || !Number.isFinite(Number(token))) found.push(token);
  }
  return found;
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const digits = (number: string) =>
  number
    .replace(/[eE].*$/, "")
    .replace(/\D/g, "")
    .replace(/^0+|0+$/g, "");

/** A string with a colon behind it is a key. */
function keysIn(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*(:?)/g)) if (colon === ":") count++;
  return count;
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((sum: number, child) => sum + countKeys(child), 0);
  return Array.isArray(value) ? inside : inside + Object.keys(value).length;
}
