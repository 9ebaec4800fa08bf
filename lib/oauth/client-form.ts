import type { Database } from "@/lib/db/types";
import { limits } from "@/lib/limits";
import { isServiceTokenId } from "@/lib/service-token-id";
import { type OAuthAnswer, type Refusal, refusalAnswer, refuse } from "./answer";
import { authenticationProblem, readCredentials } from "./client-authentication";
import { type Client, knownClient } from "./clients";
import { recordOncePerMinute } from "./record-once";
import { type Parameters, readForm } from "./parameters";
import { provenServiceToken, type ServiceToken } from "./service-token";

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

/** A form from a client, or a service token, that has proven who it is. */
export type ClientForm = { given: Parameters; client: Client } | { given: Parameters; serviceToken: ServiceToken };

/** Who sends a form, as the token and revocation endpoints want it proven (OA-16, OA-18). */
export async function readClientForm(db: Database, request: FormRequest, now: Date): Promise<ClientForm | Refusal> {
  if (request.body === null) return refuse("invalid_request", "the body is too long");
  const given = readForm(request.contentType, request.body);
  if (!given) return refuse("invalid_request", "the body must be `application/x-www-form-urlencoded`");
  const [faulty] = [...given.repeated, ...given.unreadable];
  if (faulty) return refuse("invalid_request", `\`${faulty}\` was sent more than once, or is too long, or has control characters`);
  const credentials = readCredentials(request.authorization, given);
  if ("error" in credentials) return credentials;
  if (isServiceTokenId(credentials.clientId)) {
    const serviceToken = await provenServiceToken(db, credentials, senderOf(request), now);
    return "error" in serviceToken ? serviceToken : { given, serviceToken };
  }
  const client = await knownClient(db, credentials.clientId, now);
  if (!client) return refuse("invalid_client", "this client is not known here, or its registration has expired");
  const problem = authenticationProblem(client, credentials);
  if (!problem) return { given, client };
  const { ip, userAgent } = request;
  const event = { kind: "client_refused", outcome: "refused", reason: "client_authentication", clientId: client.id, clientName: client.name } as const;
  await recordOncePerMinute(db, `client-refused:${client.id}`, { ...event, ip, userAgent: userAgent.slice(0, 300) }, now);
  return problem;
}

/** Who to name in a record. */
export const senderOf = ({ ip, userAgent }: FormRequest) => ({ ip, userAgent: userAgent.slice(0, 300) });

/** A failed `Authorization` header gets the challenge that RFC 6749 section 5.2 asks for, who has to wait is told how long. */
export function refusedForm(refusal: Refusal): OAuthAnswer {
  return refusalAnswer(refusal, headersOf(refusal));
}

function headersOf({ error }: Refusal): Record<string, string> | undefined {
  if (error === "invalid_client") return { "WWW-Authenticate": 'Basic realm="oauth"' };
  return error === "temporarily_unavailable" ? { "Retry-After": String(limits.signInWindowSeconds) } : undefined;
}

/** RFC 8707: a token request may repeat the grant's resource, never name another (OA-10). */
export function resourceProblem(given: Parameters, granted: string): Refusal | null {
  const resource = given.one("resource");
  if (!resource || resource === granted || resource === `${granted}/`) return null;
  return refuse("invalid_target", "`resource` differs from the one that was granted");
}
