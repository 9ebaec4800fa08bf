import type { JsonObject } from "@/drizzle/schema/servers";

/** What the scanner can notice about a definition (SC-04). `hidden` keeps a capability from being approved by itself. */
export type Warning = "hidden" | "markup" | "instructions" | "other_tools";

export const warningWords: Record<Warning, string> = {
  hidden: "has hidden characters that a person cannot see",
  markup: "has HTML or terminal markup in its text",
  instructions: "has text that reads like instructions to the model",
  other_tools: "mentions other tools by name",
};

// Controls but tab and line breaks, zero-width, bidi controls, tag characters, variation selectors supplement, BOM.
const hiddenCharacters =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e01ef}]/u;
const markup = /<\/?[a-z][^>]{0,500}>|<!--|\u001b\[[0-9;]{0,10}m/i;
const instructions =
  /\b(ignore|disregard|forget) (all |any |the )?(previous|prior|above|earlier)\b|\bdo not (tell|inform|mention|reveal)\b|<important>|\bsystem prompt\b|\bbefore using (this|any)\b.{0,60}\bread\b|\b(id_rsa|\.ssh|\.env)\b/i;

/** Looks at every text in a definition, wherever it stands. The patterns have no nested repetition, so they run in linear time. */
export function scan(definition: JsonObject, otherNames: ReadonlySet<string>): Warning[] {
  const found = new Set<Warning>();
  for (const text of texts(definition)) {
    if (hiddenCharacters.test(text)) found.add("hidden");
    if (markup.test(text)) found.add("markup");
    if (instructions.test(text)) found.add("instructions");
  }
  const description = typeof definition.description === "string" ? definition.description : "";
  // Only names that cannot be ordinary words count: with an underscore, a dash or a dot inside.
  const words = description.match(/[A-Za-z0-9_.-]+/g) ?? [];
  if (words.some((word) => /[_.-]/.test(word) && word !== definition.name && otherNames.has(word))) found.add("other_tools");
  return [...found];
}

function* texts(value: unknown, depth = 0): Generator<string> {
  if (typeof value === "string") yield value;
  if (value === null || typeof value !== "object" || depth > 64) return;
  for (const [key, member] of Object.entries(value)) {
    yield key;
    yield* texts(member, depth + 1);
  }
}
