import type { Egress } from "@/lib/egress/request";
import { isLoopbackHost } from "@/lib/env";
import { limits } from "@/lib/limits";
import { type Document, egressFailed, parseObject, textOf } from "./documents";
import { failed } from "./failures";
import type { AuthorizationServer, ClientAuthentication, Failed, UpstreamClient, UpstreamConnection } from "./types";

/** Registers us at an issuer (RFC 7591). */
export async function registerClient(
  connection: UpstreamConnection,
  server: AuthorizationServer,
  endpoint: string,
  { egress }: { egress: Egress },
): Promise<UpstreamClient | Failed> {
  const authentication = preferred(server.tokenAuthentications);
  const body = JSON.stringify(registration(connection, authentication));
  const headers = { accept: "application/json", "content-type": "application/json" };
  try {
    const options = { totalTimeoutMs: limits.upstreamHandshakeMs, maxBytes: limits.oauthDocumentBytesMax };
    const response = await egress(endpoint, { method: "POST", headers, body, ...options });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) return failed("unavailable", `status ${response.status} from the registration endpoint`);
    const answer = response.status < 300 ? parseObject(text) : null;
    return (
      (answer && read(answer, connection, server, authentication)) ?? failed("registration_refused", `status ${response.status} from the registration endpoint`)
    );
  } catch (error) {
    return egressFailed(error, endpoint);
  }
}

function registration({ redirectUri, clientName, grant }: UpstreamConnection, authentication: ClientAuthentication) {
  return {
    client_name: clientName,
    redirect_uris: [redirectUri],
    grant_types: grant === "code" ? ["authorization_code", "refresh_token"] : ["client_credentials"],
    response_types: grant === "code" ? ["code"] : [],
    token_endpoint_auth_method: authentication,
    // A redirect to this machine is what OpenID Connect calls native (SEP-837).
    application_type: isLoopbackHost(new URL(redirectUri).hostname) ? "native" : "web",
  };
}

/** What to register with. A secret is better than none; without a word from the issuer it is `client_secret_basic` (RFC 8414 section 2). */
function preferred(offered: readonly string[] | null): ClientAuthentication {
  const order = ["client_secret_basic", "client_secret_post", "none"] as const;
  return order.find((method) => offered?.includes(method)) ?? "client_secret_basic";
}

function read(answer: Document, { redirectUri }: UpstreamConnection, server: AuthorizationServer, asked: ClientAuthentication): UpstreamClient | null {
  const clientId = textOf(answer.client_id);
  if (!clientId) return null;
  const secret = textOf(answer.client_secret);
  const authentication = agreed(answer.token_endpoint_auth_method, asked, secret !== null);
  const { client_secret_expires_at: expires } = answer;
  const secretExpiresAt = secret !== null && typeof expires === "number" && expires > 0 ? new Date(expires * 1_000) : null;
  return { issuer: server.issuer, clientId, origin: "registration", authentication, secret, redirectUri, secretExpiresAt };
}

// The answer's word counts; a method that needs a secret is none where no secret came.
function agreed(answered: unknown, asked: ClientAuthentication, hasSecret: boolean): ClientAuthentication {
  if (!hasSecret) return "none";
  return answered === "none" || answered === "client_secret_post" || answered === "client_secret_basic" ? answered : asked;
}
