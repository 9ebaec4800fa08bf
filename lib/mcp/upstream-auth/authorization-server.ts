import type { Egress } from "@/lib/egress/request";
import { type Document, fetchDocument, isSafeAddress, listOf, textOf } from "./documents";
import { failed } from "./failures";
import type { AuthorizationServer, Failed } from "./types";

/** The metadata of an issuer, from the addresses of RFC 8414 and OpenID Connect in the order that MCP gives; null when there is none. */
export async function findAuthorizationServer(issuer: string, allowUnannouncedS256: boolean, egress: Egress): Promise<AuthorizationServer | null | Failed> {
  if (!URL.canParse(issuer) || new URL(issuer).search || !isSafeAddress(issuer)) return failed("unsafe_endpoint", issuer);
  for (const url of addresses(issuer)) {
    const fetched = await fetchDocument(url, egress);
    if (fetched.kind === "absent") continue;
    return fetched.kind === "failed" ? fetched : read(fetched.document, issuer, allowUnannouncedS256);
  }
  return null;
}

/** The fixed endpoints at the origin that 2025-03-26 gave to servers without any metadata. */
export const endpointsOf2025 = (origin: string): AuthorizationServer => ({
  issuer: origin,
  authorizationEndpoint: `${origin}/authorize`,
  tokenEndpoint: `${origin}/token`,
  registrationEndpoint: `${origin}/register`,
  revocationEndpoint: null,
  tokenAuthentications: null,
  scopes: null,
  sendsIssuer: false,
  takesClientDocuments: false,
});

function addresses(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const oauth = `${origin}/.well-known/oauth-authorization-server${path}`;
  const openId = `${origin}/.well-known/openid-configuration${path}`;
  return path === "" ? [oauth, openId] : [oauth, openId, `${origin}${path}/.well-known/openid-configuration`];
}

function read(document: Document, issuer: string, allowUnannouncedS256: boolean): AuthorizationServer | Failed {
  // As strings: whoever answers for another issuer could collect that one's codes (RFC 8414 section 3.3).
  if (document.issuer !== issuer) return failed("issuer_mismatch", `${issuer} calls itself ${String(document.issuer)}`);
  const authorizationEndpoint = textOf(document.authorization_endpoint);
  const tokenEndpoint = textOf(document.token_endpoint);
  if (!tokenEndpoint) return failed("bad_metadata", "no `token_endpoint`");
  const challenges = listOf(document.code_challenge_methods_supported);
  if (authorizationEndpoint && !challenges?.includes("S256") && !(challenges === null && allowUnannouncedS256)) return failed("no_s256");
  const registrationEndpoint = textOf(document.registration_endpoint);
  const revocationEndpoint = textOf(document.revocation_endpoint);
  const unsafe = [authorizationEndpoint, tokenEndpoint, registrationEndpoint, revocationEndpoint].find((url) => url !== null && !isSafeAddress(url));
  if (unsafe) return failed("unsafe_endpoint", unsafe);
  return {
    issuer,
    authorizationEndpoint,
    tokenEndpoint,
    registrationEndpoint,
    revocationEndpoint,
    tokenAuthentications: listOf(document.token_endpoint_auth_methods_supported),
    scopes: listOf(document.scopes_supported),
    sendsIssuer: document.authorization_response_iss_parameter_supported === true,
    takesClientDocuments: document.client_id_metadata_document_supported === true,
  };
}
