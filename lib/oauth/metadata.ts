import { env } from "@/lib/env";
import { authMethods } from "./client-authentication";
import { scopesOffered } from "./scope";
import { issuer, portalResource } from "./urls";

/** RFC 8414, also served as `openid-configuration`. Lists exactly what the endpoints accept (OA-01). */
export function authorizationServerMetadata() {
  const base = issuer();
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    ...(env().OAUTH_DCR === "on" ? { registration_endpoint: `${base}/oauth/register` } : {}),
    revocation_endpoint: `${base}/oauth/revoke`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
    token_endpoint_auth_methods_supported: [...authMethods],
    revocation_endpoint_auth_methods_supported: [...authMethods],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: [...scopesOffered],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: env().OAUTH_CIMD !== "off",
  };
}

/** RFC 9728, for one portal. */
export function protectedResourceMetadata(portal: { orgSlug: string; portalSlug: string; portalName: string }) {
  return {
    resource: portalResource(portal.orgSlug, portal.portalSlug),
    authorization_servers: [issuer()],
    scopes_supported: ["mcp"],
    bearer_methods_supported: ["header"],
    resource_name: portal.portalName,
    resource_documentation: `${issuer()}/connect/${portal.orgSlug}/${portal.portalSlug}`,
  };
}
