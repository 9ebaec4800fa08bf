import type { Database } from "@/lib/db/types";
import { type OAuthAnswer, type Refusal, refusalAnswer, refuse } from "./answer";
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

/** A form from a known public client, as the token and revocation endpoints want it (OA-16, OA-18). */
export async function readClientForm(db: Database, request: FormRequest, now: Date): Promise<{ given: Parameters; client: Client } | Refusal> {
  if (request.body === null) return refuse("invalid_request", "the body is too long");
  const given = readForm(request.contentType, request.body);
  if (!given) return refuse("invalid_request", "the body must be `application/x-www-form-urlencoded`");
  const [faulty] = [...given.repeated, ...given.unreadable];
  if (faulty) return refuse("invalid_request", `\`${faulty}\` was sent more than once, or is too long, or has control characters`);
  if (request.authorization && given.one("client_secret")) return refuse("invalid_request", "two ways of client authentication were used at once");
  // Every client is registered as public, so any secret is the wrong method.
  if (request.authorization || given.one("client_secret")) return refuse("invalid_client", "this client is public: send `client_id` and no secret");
  const clientId = given.one("client_id");
  if (!clientId) return refuse("invalid_client", "`client_id` is missing");
  const client = await knownClient(db, clientId, now);
  return client ? { given, client } : refuse("invalid_client", "this client is not known here, or its registration has expired");
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
