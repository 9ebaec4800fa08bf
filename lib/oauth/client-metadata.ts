import type { JsonObject } from "@/drizzle/schema/servers";
import { type Refusal, refuse } from "./answer";
import { redirectUriProblem } from "./redirect-uri";

/** What is kept of a client's own description, from a registration or a metadata document. */
export type ClientDescription = { name: string; redirectUris: string[]; metadata: JsonObject };

const redirectUrisMax = 20;
const nameCharsMax = 100;
const grantTypes = ["authorization_code", "refresh_token"];

// Kept to be echoed and shown as text, never fetched or linked. Whatever else a client sends is ignored (RFC 7591 section 2).
const textFields = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "software_id", "software_version", "application_type"];

type Check = (given: JsonObject, native: readonly string[]) => Refusal | null;

/** Reads a client's description; the first check that objects decides. */
export function readClientMetadata(given: JsonObject, native: readonly string[]): ClientDescription | Refusal {
  for (const check of checks) {
    const refusal = check(given, native);
    if (refusal) return refusal;
  }
  return {
    name: clientName(given.client_name),
    redirectUris: [...new Set(given.redirect_uris as string[])], // `redirectUrisAreSound` has seen that they are strings.
    metadata: {
      grant_types: given.grant_types === undefined ? grantTypes : grantTypes.filter((type) => (given.grant_types as unknown[]).includes(type)),
      ...Object.fromEntries(textFields.flatMap((field) => (isShortText(given[field]) ? [[field, given[field]]] : []))),
    },
  };
}

const checks: Check[] = [redirectUrisAreSound, grantTypesAreOffered, responseTypeIsCode, nameIsText];

function redirectUrisAreSound(given: JsonObject, native: readonly string[]): Refusal | null {
  const uris = given.redirect_uris;
  if (!Array.isArray(uris) || uris.length === 0) return refuse("invalid_redirect_uri", "`redirect_uris` must be a list with at least one URI");
  if (uris.length > redirectUrisMax) return refuse("invalid_redirect_uri", `\`redirect_uris\` has more than ${redirectUrisMax} entries`);
  for (const uri of uris) {
    if (typeof uri !== "string") return refuse("invalid_redirect_uri", "`redirect_uris` must hold strings");
    const problem = redirectUriProblem(uri, native);
    if (problem) return refuse("invalid_redirect_uri", `\`${uri.slice(0, 200)}\` ${problem}`);
  }
  return null;
}

// Other grant types are dropped and the answer says so; a client that cannot use a code at all is refused.
function grantTypesAreOffered(given: JsonObject): Refusal | null {
  const types = given.grant_types;
  if (types === undefined) return null;
  if (!Array.isArray(types) || !types.includes("authorization_code")) {
    return refuse("invalid_client_metadata", "`grant_types` must include `authorization_code`");
  }
  return null;
}

function responseTypeIsCode(given: JsonObject): Refusal | null {
  const types = given.response_types;
  if (types === undefined || (Array.isArray(types) && types.includes("code"))) return null;
  return refuse("invalid_client_metadata", "`response_types` must include `code`");
}

function nameIsText(given: JsonObject): Refusal | null {
  const name = given.client_name;
  return name === undefined || typeof name === "string" ? null : refuse("invalid_client_metadata", "`client_name` must be text");
}

// Invisible and control characters go, so a name cannot pretend to be another or reorder the page around it (UI-05).
function clientName(given: unknown): string {
  const visible = typeof given === "string" ? given.replace(/(?!\s)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}]/gu, "").replace(/\s+/g, " ") : "";
  return [...visible.trim()].slice(0, nameCharsMax).join("") || "Unnamed client";
}

const isShortText = (value: unknown): value is string => typeof value === "string" && value.length <= 500 && !value.includes("\0");
