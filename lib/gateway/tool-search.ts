import type { JsonObject } from "@/drizzle/schema/servers";
import type { Entry } from "./catalogue";
import type { CapabilityView } from "./types";

const termsMax = 12;
const textCharsMax = 16_384;
const depthMax = 12;

/**
 * The tools that a query finds, the best first. Its words are looked for as plain text, so no query can cost more than one pass over
 * the texts for each word (ME-24). A rare word counts more than one that stands everywhere; a name counts more than a description.
 */
export function searchTools(tools: readonly Entry[], query: string): Entry[] {
  const terms = termsOf(query);
  if (terms.length === 0) return [...tools];
  const scores = new Array<number>(tools.length).fill(0);
  for (const term of terms) {
    const weights = tools.map((entry) => weightOf(entry, term));
    const found = weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
    const rarity = found === 0 ? 0 : Math.log(1 + tools.length / found);
    weights.forEach((weight, i) => {
      scores[i] = (scores[i] ?? 0) + weight * rarity;
    });
  }
  const asked = query.trim().toLowerCase();
  return tools
    .map((entry, i) => ({ entry, score: (scores[i] ?? 0) + (isNamed(entry, asked) ? exactName : 0) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

const exactName = 1_000;
const isNamed = ({ capability }: Entry, asked: string) => capability.exposedName.toLowerCase() === asked || capability.name.toLowerCase() === asked;

function termsOf(query: string): string[] {
  const words = query.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return [...new Set(words.filter(Boolean).map(singular))].slice(0, termsMax);
}

// "issues" finds `get_issue`; it is looked for as a part of the text, so the shorter form finds both.
const singular = (word: string) => (word.length > 3 && word.endsWith("s") ? word.slice(0, -1) : word);

function weightOf({ capability, server }: Entry, term: string): number {
  const { name, title, description, schema } = textsOf(capability);
  if (name.includes(term)) return 8;
  if (title.includes(term)) return 6;
  if (description.includes(term)) return 4;
  if (server.name.toLowerCase().includes(term)) return 3;
  return schema.includes(term) ? 1 : 0;
}

type Texts = { name: string; title: string; description: string; schema: string };

const remembered = new WeakMap<CapabilityView, Texts>();

function textsOf(capability: CapabilityView): Texts {
  let texts = remembered.get(capability);
  if (!texts) {
    const { title, description, inputSchema } = capability.definition;
    const schema: string[] = [];
    readSchema(inputSchema, schema, 0);
    texts = {
      name: text(`${capability.exposedName} ${capability.name}`),
      title: text(title),
      description: text(description),
      schema: text(schema.join(" ")),
    };
    remembered.set(capability, texts);
  }
  return texts;
}

const text = (value: unknown) => (typeof value === "string" ? value.slice(0, textCharsMax).toLowerCase() : "");

/** What a person would call the words of a schema: names of arguments, descriptions and choices, not the vocabulary of JSON Schema. */
function readSchema(node: unknown, into: string[], depth: number): void {
  if (depth > depthMax || typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const child of node) readSchema(child, into, depth + 1);
    return;
  }
  for (const [key, value] of Object.entries(node as JsonObject)) {
    if (key === "enum" && Array.isArray(value)) into.push(...value.filter((choice) => typeof choice === "string"));
    else if (typeof value === "string") {
      if (key === "description" || key === "title" || key === "const") into.push(value);
    } else {
      if (key === "properties" && typeof value === "object" && value !== null) into.push(...Object.keys(value));
      readSchema(value, into, depth + 1);
    }
  }
}
