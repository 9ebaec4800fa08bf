import { clients } from "@/drizzle/schema";
import type { JsonObject } from "@/drizzle/schema/servers";
import { recordAccess } from "@/lib/activity/record";
import { addressPrefix } from "@/lib/auth/client-address";
import type { Database } from "@/lib/db/types";
import { hashToken, newId, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { hit } from "@/lib/throttle/throttle";
import { type OAuthAnswer, refusalAnswer, refuse } from "./answer";
import { type AuthMethod, authMethods } from "./client-authentication";
import { type ClientDescription, readClientMetadata } from "./client-metadata";
import { grantedScope } from "./scope";

export type RegistrationRequest = {
  contentType: string | null;
  /** Null: longer than allowed, so it was not read. */
  body: string | null;
  ip: string;
  userAgent: string;
};
export type RegistrationSettings = { enabled: boolean; nativeRedirects: readonly string[] };

type NewClient = ClientDescription & { tokenEndpointAuthMethod: AuthMethod; secretHash: string | null };

const unusedSeconds = 86_400;
const registrationsPerHour = 2_000;

/** RFC 7591. A client that names no way of authentication becomes a public one, and the answer says so: most such clients are apps that keep no secret. */
export async function answerRegistration(db: Database, request: RegistrationRequest, settings: RegistrationSettings, now: Date): Promise<OAuthAnswer> {
  if (!settings.enabled) return refusalAnswer(refuse("access_denied", "registration is switched off here; use a client metadata document"));
  const wait = await throttled(db, request.ip, now);
  if (wait > 0) return refusalAnswer(refuse("temporarily_unavailable", "too many registrations from this network"), { "Retry-After": String(wait) });
  const given = readJson(request);
  if ("error" in given) return refusalAnswer(given);
  const wanted = given.value.token_endpoint_auth_method ?? "none";
  const method = authMethods.find((offered) => offered === wanted);
  if (!method) return refusalAnswer(refuse("invalid_client_metadata", `\`token_endpoint_auth_method\` must be one of ${authMethods.join(", ")}`));
  const description = readClientMetadata(given.value, settings.nativeRedirects);
  if ("error" in description) return refusalAnswer(description);
  const secret = method === "none" ? null : newToken("ghk");
  const id = await insertClient(db, { ...description, tokenEndpointAuthMethod: method, secretHash: secret && hashToken(secret) }, request, now);
  return {
    status: 201,
    body: {
      client_id: id,
      client_id_issued_at: Math.floor(now.getTime() / 1_000),
      // Shown this once. It does not expire by itself, it ends with the registration.
      ...(secret ? { client_secret: secret, client_secret_expires_at: 0 } : {}),
      client_name: description.name,
      redirect_uris: description.redirectUris,
      response_types: ["code"],
      token_endpoint_auth_method: method,
      scope: grantedScope,
      ...description.metadata,
    },
  };
}

async function throttled(db: Database, ip: string, now: Date): Promise<number> {
  const mine = await hit(db, `oauth-register:${addressPrefix(ip)}`, { limit: limits.registrationsPerPrefixPerHour, windowSeconds: 3_600 }, now);
  if (!mine.allowed) return Math.max(1, mine.retryAfterSeconds);
  const all = await hit(db, "oauth-register", { limit: registrationsPerHour, windowSeconds: 3_600 }, now);
  return all.allowed ? 0 : Math.max(1, all.retryAfterSeconds);
}

function readJson({ contentType, body }: RegistrationRequest): { value: JsonObject } | ReturnType<typeof refuse> {
  if (body === null) return refuse("invalid_client_metadata", `the body is longer than ${limits.registrationBytesMax} bytes`);
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? "")) return refuse("invalid_client_metadata", "the body must be `application/json`");
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value: value as JsonObject }; // A JSON object, by the line's own check.
  } catch {
    // Falls through to the refusal.
  }
  return refuse("invalid_client_metadata", "the body must be a JSON object");
}

async function insertClient(db: Database, client: NewClient, request: RegistrationRequest, now: Date): Promise<string> {
  const id = newId("cli", now.getTime());
  await db.transaction(async (tx) => {
    await tx.insert(clients).values({
      id,
      kind: "dcr",
      ...client,
      createdAt: now,
      expiresAt: new Date(now.getTime() + unusedSeconds * 1_000),
    });
    await recordAccess(tx, now, {
      kind: "client_registered",
      outcome: "ok",
      clientId: id,
      clientName: client.name,
      ip: request.ip,
      userAgent: request.userAgent.slice(0, 300),
    });
  });
  return id;
}
