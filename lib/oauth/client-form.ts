import type { Database } from "@/lib/db/types";
import { type OAuthAnswer, type Refusal, refusalAnswer, refuse } from "./answer";
import { authenticationProblem, readCredentials } from "./client-authentication";
import { type Client, knownClient } from "./clients";
import { type Parameters, readForm } from "./parameters";

export type FormRequest = {
  contentType: string | null;
  authorization: string | null;
  /** Null: longer than allowed, so it was not read. */
  body: string | null;
  ip: string;
  userAgent: string;
};

/** One token request after the checks that all grant types share. */
export type TokenRequest = { given: Parameters; client: Client; ip: string; userAgent: string };

/** A form from a client that has proven who it is, as the token and revocation endpoints want it (OA-16, OA-18). */
export async function readClientForm(db: Database, request: FormRequest, now: Date): Promise<{ given: Parameters; client: Client } | Refusal> {
  if (request.body === null) return refuse("invalid_request", "the body is too long");
  const given = readForm(request.contentType, request.body);
  if (!given) return refuse("invalid_request", "the body must be `application/x-www-form-urlencoded`");
  const [faulty] = [...given.repeated, ...given.unreadable];
  if (faulty) return refuse("invalid_request", `\`${faulty}\` was sent more than once, or is too long, or has control characters`);
  const credentials = readCredentials(request.authorization, given);
  if ("error" in credentials) return credentials;
  const client = await knownClient(db, credentials.clientId, now);
  if (!client) return refuse("invalid_client", "this client is not known here, or its registration has expired");
  return authenticationProblem(client, credentials) ?? { given, client };
}

/** A failed `Authorization` header gets the challenge that RFC 6749 section 5.2 asks for. */
export function refusedForm(refusal: Refusal): OAuthAnswer {
  return refusalAnswer(refusal, refusal.error === "invalid_client" ? { "WWW-Authenticate": 'Basic realm="oauth"' } : undefined);
}

/** RFC 8707: a token request may repeat the grant's resource, never name another (OA-10). */
export function resourceProblem(given: Parameters, granted: string): Refusal | null {
  const resource = given.one("resource");
  if (!resource || resource === granted || resource === `${granted}/`) return null;
  return refuse("invalid_target", "`resource` differs from the one that was granted");
}
