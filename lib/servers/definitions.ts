import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import { clip } from "@/lib/errors";
import { limits } from "@/lib/limits";
import { hasBadParamHeaders } from "@/lib/mcp/param-headers";
import type { Inspection } from "@/lib/mcp/upstream-types";
import { keptText } from "./definition-text";
import { fingerprint } from "./fingerprint";
import { scan } from "./scan";

/** A capability as a sync found it, ready to be stored. */
export type Found = {
  kind: CapabilityKind;
  name: string;
  title: string;
  description: string;
  readOnly: boolean;
  definition: JsonObject;
  /** The definition's JSON as it is stored and listed. */
  text: string;
  fingerprint: string;
  warnings: string[];
  position: number;
};

/** What of an inspection can be stored, and in `notes` what was left out and why. The first of two equal names stays. */
export function readDefinitions(inspection: Pick<Inspection, "tools" | "prompts" | "resources" | "templates" | "written">): {
  found: Found[];
  notes: string[];
} {
  const notes: string[] = [];
  const toolNames = new Set(inspection.tools.map((tool) => text(tool.name)));
  const found = kinds.flatMap(({ kind, list, key }) => {
    const seen = new Set<string>();
    return inspection[list].flatMap((raw, position): Found[] => {
      const definition = repaired(raw) as JsonObject;
      const name = text(definition[key]);
      const problem = problemOf(kind, name, definition) ?? (seen.has(name) ? "is there twice, the first one counts" : null);
      if (problem) notes.push(`${kind} \`${clip(name.replace(/\p{C}/gu, "�"), 60)}\` was left out: ${problem}`);
      if (problem) return [];
      seen.add(name);
      const json = keptText(definition, raw, inspection.written?.get(raw));
      const annotations = isObject(definition.annotations) ? definition.annotations : {};
      return [
        {
          ...{ kind, name, definition, text: json, position },
          title: clip(text(definition.title) || text(annotations.title) || (kind === "resource" || kind === "template" ? text(definition.name) : ""), 200),
          description: clip(text(definition.description), limits.descriptionCharsMax),
          readOnly: annotations.readOnlyHint === true,
          fingerprint: fingerprint(definition, json),
          warnings: scan(definition, toolNames),
        },
      ];
    });
  });
  return { found, notes: notes.length > 50 ? [...notes.slice(0, 50), `and ${notes.length - 50} more`] : notes };
}

const kinds = [
  { kind: "tool", list: "tools", key: "name" },
  { kind: "prompt", list: "prompts", key: "name" },
  { kind: "resource", list: "resources", key: "uri" },
  { kind: "template", list: "templates", key: "uriTemplate" },
] as const;

const prototypeNames = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"]);

function problemOf(kind: CapabilityKind, name: string, definition: JsonObject): string | null {
  if (!name) return "it has no name";
  if (kind === "tool" && !/^[A-Za-z0-9_.-]{1,128}$/.test(name)) return "its name is not made of 1 to 128 letters, digits, `_`, `.` and `-`";
  if (kind === "tool" && prototypeNames.has(name)) return "its name is reserved";
  if (kind === "tool" && hasBadParamHeaders(definition)) return "its `x-mcp-header` annotations break the rules";
  if (name.length > (kind === "tool" || kind === "prompt" ? limits.nameCharsMax : limits.uriCharsMax)) return "its name is too long";
  if (/\p{Cc}/u.test(name)) return "its name has control characters";
  if (text(definition.description).length > limits.descriptionCharsMax) return `its description is longer than ${limits.descriptionCharsMax} characters`;
  if (Buffer.byteLength(JSON.stringify(definition)) > limits.definitionBytesMax)
    return `its definition is larger than ${limits.definitionBytesMax / 1_024} KiB`;
  return null;
}

/** Lone surrogates and NUL cannot be stored by PostgreSQL; both become U+FFFD, as a decoder would have made them (UP-22). */
function repaired(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "�");
  if (Array.isArray(value)) return value.map(repaired);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed().replaceAll("\0", "�"), repaired(member)]));
}

const text = (value: unknown) => (typeof value === "string" ? value : "");
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
