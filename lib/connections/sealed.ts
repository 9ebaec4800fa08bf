import { z } from "zod";
import { type SealPlace, seal, unseal } from "@/lib/crypto/seal";
import { reportFault } from "@/lib/report";
import type { Challenge, PendingAuthorization, UpstreamClient, UpstreamCredential } from "@/lib/mcp/upstream-auth";

/** Whose account at which server; no person: the one that the admins share. */
export type ConnectionRef = { orgId: string; serverId: string; personId: string | null };

/** What a connection's row holds sealed: tokens, with what the server last asked for beyond them, or the headers of a pasted key. */
export type StoredCredential = UpstreamCredential & { challenge: Challenge | null };

// By whose and where, not by the row's id: a row that is written anew for the same account has the same place (CR-03).
const connectionPlace = ({ orgId, serverId, personId }: ConnectionRef): SealPlace => ({
  purpose: "connection",
  orgId,
  rowId: `${serverId} ${personId ?? "shared"}`,
});
const clientPlace = (orgId: string, serverId: string, issuer: string): SealPlace => ({ purpose: "upstream-client", orgId, rowId: `${serverId} ${issuer}` });
const flowPlace = (orgId: string, stateHash: string): SealPlace => ({ purpose: "connect-flow", orgId, rowId: stateHash });

export const sealCredential = (ref: ConnectionRef, credential: StoredCredential) => seal(JSON.stringify(credential), connectionPlace(ref));
export const openCredential = (ref: ConnectionRef, sealed: string): StoredCredential => credentialShape.parse(JSON.parse(unseal(sealed, connectionPlace(ref))));

export const sealHeaders = (ref: ConnectionRef, headers: Record<string, string>) => seal(JSON.stringify(headers), connectionPlace(ref));
export const openHeaders = (ref: ConnectionRef, sealed: string) => z.record(z.string(), z.string()).parse(JSON.parse(unseal(sealed, connectionPlace(ref))));

export const sealClient = (orgId: string, serverId: string, client: UpstreamClient) =>
  seal(JSON.stringify(client), clientPlace(orgId, serverId, client.issuer));
export const openClient = (orgId: string, serverId: string, issuer: string, sealed: string): UpstreamClient =>
  clientShape.parse(JSON.parse(unseal(sealed, clientPlace(orgId, serverId, issuer))));

export const sealPending = (orgId: string, stateHash: string, pending: PendingAuthorization) => seal(JSON.stringify(pending), flowPlace(orgId, stateHash));
export const openPending = (orgId: string, stateHash: string, sealed: string): PendingAuthorization =>
  pendingShape.parse(JSON.parse(unseal(sealed, flowPlace(orgId, stateHash))));

/** What was sealed, or that when its seal is broken; the operator hears of it. */
export function openedOr<T, O>(otherwise: O, open: () => T): T | O {
  try {
    return open();
  } catch (error) {
    reportFault(error, { during: "opening a stored credential" });
    return otherwise;
  }
}

const authentication = z.enum(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]);
const date = z.coerce.date();
// `coerce` would read null as 1970.
const dateOrNull = z.union([z.null(), date]);

const terms = {
  issuer: z.string(),
  clientId: z.string(),
  authentication,
  grant: z.enum(["code", "client_credentials"]),
  resource: z.string(),
  tokenEndpoint: z.string(),
  revocationEndpoint: z.string().nullable(),
  requestedScopes: z.array(z.string()),
  stepUps: z.object({ count: z.number(), since: date }),
};
const credentialShape = z.object({
  ...terms,
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  obtainedAt: date,
  expiresAt: dateOrNull,
  grantedScopes: z.array(z.string()),
  account: z.string().nullish(),
  state: z.enum(["active", "reconnect"]),
  challenge: z.object({ resourceMetadata: z.string().nullable(), scopes: z.array(z.string()), error: z.string().nullable() }).nullable(),
});
const pendingShape = z.object({
  ...terms,
  connection: z.string(),
  binding: z.string(),
  sendsIssuer: z.boolean(),
  redirectUri: z.string(),
  verifier: z.string(),
  expiresAt: date,
});
const clientShape = z.object({
  issuer: z.string(),
  clientId: z.string(),
  origin: z.enum(["admin", "document", "registration"]),
  authentication,
  secret: z.string().nullable(),
  privateKey: z.string().optional(),
  algorithm: z.string().optional(),
  redirectUri: z.string(),
  secretExpiresAt: dateOrNull,
});
