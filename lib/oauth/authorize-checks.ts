import { type Refusal, refuse } from "./answer";
import type { Parameters } from "./parameters";
import { isChallenge } from "./pkce";
import { unknownScope } from "./scope";

/** One rule about an authorization request whose client and redirect URI are already proven. */
export type Check = (given: Parameters) => Refusal | null;

/** In this order; the first that objects decides, and its answer goes back to the client. */
export const authorizeChecks: Check[] = [
  nothingTwice,
  nothingUnreadable,
  noRequestObject,
  responseTypeIsCode,
  responseModeIsQuery,
  challengeIsS256,
  scopeIsOffered,
];

function nothingTwice({ repeated }: Parameters): Refusal | null {
  return repeated.length === 0 ? null : refuse("invalid_request", `\`${repeated[0]}\` was sent more than once`);
}

function nothingUnreadable({ unreadable }: Parameters): Refusal | null {
  return unreadable.length === 0 ? null : refuse("invalid_request", `\`${unreadable[0]}\` is too long or has control characters`);
}

// OpenID Connect Core section 6: what is not supported must be refused by name.
function noRequestObject(given: Parameters): Refusal | null {
  if (given.one("request")) return refuse("request_not_supported", "request objects are not supported");
  return given.one("request_uri") ? refuse("request_uri_not_supported", "request objects are not supported") : null;
}

function responseTypeIsCode(given: Parameters): Refusal | null {
  const type = given.one("response_type");
  if (!type) return refuse("invalid_request", "`response_type` is missing");
  return type === "code" ? null : refuse("unsupported_response_type", "`response_type` must be `code`");
}

function responseModeIsQuery(given: Parameters): Refusal | null {
  const mode = given.one("response_mode");
  return !mode || mode === "query" ? null : refuse("invalid_request", "`response_mode` must be `query`");
}

// Without a method RFC 7636 means `plain`, which is not offered (OA-02).
function challengeIsS256(given: Parameters): Refusal | null {
  if (given.one("code_challenge_method") !== "S256") return refuse("invalid_request", "`code_challenge_method` must be `S256`");
  const challenge = given.one("code_challenge");
  return challenge && isChallenge(challenge) ? null : refuse("invalid_request", "`code_challenge` is missing or malformed");
}

function scopeIsOffered(given: Parameters): Refusal | null {
  const unknown = unknownScope(given.one("scope"));
  return unknown === null ? null : refuse("invalid_scope", `scope \`${unknown.slice(0, 60)}\` is not offered here`);
}
