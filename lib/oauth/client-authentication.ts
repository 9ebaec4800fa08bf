import { timingSafeEqual } from "node:crypto";
import { hashToken } from "@/lib/ids";
import { type Refusal, refuse } from "./answer";
import type { Parameters } from "./parameters";

/** How a client proves who it is at the token and revocation endpoints (RFC 6749 section 2.3); `none` is a public client. */
export const authMethods = ["none", "client_secret_basic", "client_secret_post"] as const;
export type AuthMethod = (typeof authMethods)[number];

/** What a request says about its client. Nothing of it is proven. */
export type Credentials = { method: AuthMethod; clientId: string; secret: string };

/** One way of authentication a request; more than one is refused (OA-18). */
export function readCredentials(authorization: string | null, given: Parameters): Credentials | Refusal {
  const [clientId, secret, assertion] = [given.one("client_id"), given.one("client_secret"), given.one("client_assertion")];
  if ([authorization, secret, assertion].filter(Boolean).length > 1) {
    return refuse("invalid_request", "two ways of client authentication were used at once");
  }
  if (assertion) return refuse("invalid_client", "client assertions are not offered here");
  if (authorization) {
    const basic = readBasic(authorization);
    if (!basic) return refuse("invalid_client", "the `Authorization` header must be `Basic` with a client id and a secret");
    if (clientId && clientId !== basic.clientId) return refuse("invalid_request", "`client_id` differs from the one in the `Authorization` header");
    return { method: "client_secret_basic", ...basic };
  }
  if (!clientId) return refuse("invalid_client", "`client_id` is missing");
  return { method: secret ? "client_secret_post" : "none", clientId, secret: secret ?? "" };
}

/** Why these credentials do not prove this client, or null when they do: by the method it registered, and no other (OA-16). */
export function authenticationProblem(client: { authMethod: AuthMethod; secretHash: string | null }, { method, secret }: Credentials): Refusal | null {
  if (method !== client.authMethod) {
    const wanted =
      client.authMethod === "none" ? "this client is public: send `client_id` and no secret" : `this client authenticates with \`${client.authMethod}\``;
    return refuse("invalid_client", wanted);
  }
  return method === "none" || isSecret(secret, client.secretHash) ? null : refuse("invalid_client", "the client's secret is wrong");
}

/** Compared as digests of one length, in constant time (CR-06). */
export function isSecret(secret: string, hash: string | null): boolean {
  const [given, wanted] = [Buffer.from(hashToken(secret)), Buffer.from(hash ?? "")];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

// Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1).
function readBasic(authorization: string): { clientId: string; secret: string } | null {
  const encoded = /^basic +([A-Za-z0-9+/]{1,4096}={0,2}) *$/i.exec(authorization)?.[1];
  const [, id = "", secret = ""] = /^([^:]+):(.+)$/s.exec(Buffer.from(encoded ?? "", "base64").toString("utf8")) ?? [];
  const [clientId, clear] = [formDecoded(id), formDecoded(secret)];
  return clientId && clear ? { clientId, secret: clear } : null;
}

function formDecoded(text: string): string | null {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    return /[\x00-\x1f\x7f]/.test(decoded) ? null : decoded;
  } catch {
    return null;
  }
}
