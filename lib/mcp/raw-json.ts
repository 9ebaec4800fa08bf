import { groupBy } from "@/lib/group-by";

/** One member of an object as it stands in the text: the bounds of its value, and of the whole `"key": value`. */
export type RawMember = { key: string; memberStart: number; start: number; end: number };

/**
 * The members of the object that a valid JSON text is, in order, without parsing their values: so that what passes through can be
 * cut out and set in as it was written, to the byte. A key that occurs twice is listed twice, and the last one counts, as in
 * `JSON.parse`. Null when the text is no object.
 */
export function rawMembers(text: string): RawMember[] | null {
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return null;
  const members: RawMember[] = [];
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const memberStart = at;
    const keyEnd = stringEnd(text, at);
    const written = text.slice(at + 1, keyEnd - 1);
    // The parser reads what has escapes, so that an escaped spelling of a name is that name.
    const key = written.includes("\\") ? String(JSON.parse(text.slice(at, keyEnd))) : written;
    at = skipSpace(text, keyEnd);
    if (text[at] !== ":") return null;
    const start = skipSpace(text, at + 1);
    const end = valueEnd(text, start);
    members.push({ key, memberStart, start, end });
    at = skipSpace(text, end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  return text[at] === "}" ? members : null;
}

/** The text of one member's value; undefined when there is none. */
export function rawMember(text: string, key: string): string | undefined {
  const found = rawMembers(text)?.findLast((member) => member.key === key);
  return found && text.slice(found.start, found.end);
}

/** The bounds of the elements of the array that a valid JSON text is; null when it is none. */
export function rawElements(text: string): { start: number; end: number }[] | null {
  let at = skipSpace(text, 0);
  if (text[at] !== "[") return null;
  const elements: { start: number; end: number }[] = [];
  at = skipSpace(text, at + 1);
  while (at < text.length && text[at] !== "]") {
    const end = valueEnd(text, at);
    elements.push({ start: at, end });
    at = skipSpace(text, end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  return text[at] === "]" ? elements : null;
}

/** A string to be set in, at the value that the keys and indices lead to. */
export type RawEdit = { path: readonly (string | number)[]; value: string };

/** The text with some of its values replaced, and every other byte as it was. What a path does not lead to stays. */
export function rawReplaced(text: string, edits: readonly RawEdit[]): string {
  const whole = edits.find(({ path }) => path.length === 0);
  if (whole) return JSON.stringify(whole.value);
  const inside = groupBy(edits, ({ path }) => path[0]);
  let made = "";
  let at = 0;
  for (const { key, start, end } of children(text)) {
    const meant = inside.get(key);
    if (!meant) continue;
    const inner = meant.map(({ path, value }) => ({ path: path.slice(1), value }));
    made += text.slice(at, start) + rawReplaced(text.slice(start, end), inner);
    at = end;
  }
  return made + text.slice(at);
}

function children(text: string): { key: string | number; start: number; end: number }[] {
  const elements = rawElements(text);
  if (elements) return elements.map((bounds, index) => ({ ...bounds, key: index }));
  const members = rawMembers(text) ?? [];
  const last = new Map(members.map((member) => [member.key, member]));
  return members.filter((member) => last.get(member.key) === member);
}

function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return stringEnd(text, start);
  if (first !== openBrace && first !== openBracket) {
    let at = start;
    while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++;
    return at;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = stringEnd(text, at) - 1;
    else if (code === openBrace || code === openBracket) depth++;
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** The position behind the closing quote. Long strings (images, documents) are leapt over by the engine's own search. */
function stringEnd(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
const isDelimiter = (code: number) => code === 0x2c || code === closeBrace || code === closeBracket || isSpace(code);
