import type { Tokens } from "./token-request";
import type { Authorized, Terms, UpstreamCredential } from "./types";

/** What a token answer makes of the terms it was asked under. */
export function credentialFrom(terms: Terms, tokens: Tokens, before: UpstreamCredential | null, now: Date): UpstreamCredential {
  const { issuer, clientId, authentication, grant, resource, tokenEndpoint, revocationEndpoint, requestedScopes, stepUps } = terms;
  return {
    ...{ issuer, clientId, authentication, grant, resource, tokenEndpoint, revocationEndpoint, requestedScopes, stepUps },
    accessToken: tokens.accessToken,
    // A server that does not rotate sends none, and the one before stays good (RFC 6749 section 6).
    refreshToken: tokens.refreshToken ?? before?.refreshToken ?? null,
    obtainedAt: now,
    expiresAt: tokens.expiresInSeconds === null ? null : new Date(now.getTime() + tokens.expiresInSeconds * 1_000),
    // No word about scopes means that all were granted (RFC 6749 section 5.1).
    grantedScopes: tokens.scopes ?? before?.grantedScopes ?? requestedScopes,
    account: tokens.account ?? before?.account ?? null,
    state: "active",
  };
}

export const authorizedWith = ({ accessToken }: UpstreamCredential): Authorized => ({
  kind: "authorized",
  headers: { authorization: `Bearer ${accessToken}` },
});
