import { createHash } from "node:crypto";
import { canonicalJson } from "@/lib/canonical-json";
import { roundedNumbers } from "./definition-text";

/**
 * SHA-256 over canonical JSON (sorted keys) of everything a model or a page sees of a capability (design 4.9, SC-01). Clients get the
 * text, so its numbers that parsing would round count as they are written.
 */
export function fingerprint(definition: unknown, text = ""): string {
  const rounded = roundedNumbers(text);
  const numbers = rounded.length > 0 ? `\n${rounded.sort().join(" ")}` : "";
  return createHash("sha256")
    .update(`${canonicalJson(definition)}${numbers}`)
    .digest("base64url");
}
