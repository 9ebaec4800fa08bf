import { createHash } from "node:crypto";

/** SHA-256 over canonical JSON (sorted keys) of everything a model or a page sees of a capability (design 4.9, SC-01). */
export function fingerprint(definition: unknown): string {
  return createHash("sha256").update(canonical(definition)).digest("base64url");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}
