import { limits } from "@/lib/limits";

/**
 * Whether a JSON text keeps to the limits of depth and of elements plus keys, in one pass and before anything is parsed (ME-12).
 * It only counts; a text that is not JSON passes here and fails in the parser.
 */
export function withinJsonLimits(text: string): boolean {
  let depth = 0;
  let items = 1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === backslash) i++;
      else if (char === quote) inString = false;
      continue;
    }
    if (char === quote) inString = true;
    else if (char === comma || char === colon) items++;
    else if (char === openBrace || char === openBracket) {
      items++;
      if (++depth > limits.jsonDepthMax) return false;
    } else if (char === closeBrace || char === closeBracket) depth--;
    if (items > limits.jsonElementsMax) return false;
  }
  return true;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
