import type { Egress } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { accountIn } from "./account";
import { clientAssertion } from "./client-assertion";
import { type Document, egressFailed, parseObject, textOf } from "./documents";
import { scopesOf } from "./scopes";
import type { Failed, UpstreamClient } from "./types";
import { failed } from "./failures";

export type Tokens = {
  kind: "tokens";
  accessToken: string;
  refreshToken: string | null;
  expiresInSeconds: number | null;
  scopes: string[] | null;
  account: string | null;
};
/** `error` is the code of RFC 6749 section 5.2. */
export type TokenRefusal = { kind: "refused"; error: string };

/** One request to a token endpoint. A failure says nothing about the credential; a refusal does. */
export async function requestTokens(
  endpoint: string,
  client: UpstreamClient,
  grant: Record<string, string>,
  ports: { egress: Egress; now(): Date },
): Promise<Tokens | TokenRefusal | Failed> {
  const { headers, parameters } = authenticate(client, ports.now());
  try {
    const response = await ports.egress(endpoint, {
      method: "POST",
      headers: { ...headers, accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...grant, ...parameters }).toString(),
      totalTimeoutMs: limits.upstreamHandshakeMs,
      maxBytes: limits.oauthDocumentBytesMax,
    });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) return failed("unavailable", `status ${response.status} from the token endpoint`);
    return read(parseObject(text), response.status);
  } catch (error) {
    return egressFailed(error, endpoint);
  }
}

/** What tells a token or revocation endpoint who asks. */
export function authenticate(client: UpstreamClient, now: Date): { headers: Record<string, string>; parameters: Record<string, string> } {
  const { clientId, secret, authentication } = client;
  switch (authentication) {
    case "none":
      return { headers: {}, parameters: { client_id: clientId } };
    case "client_secret_post":
      return { headers: {}, parameters: { client_id: clientId, client_secret: secret ?? "" } };
    case "client_secret_basic": {
      // Form-encoded before they are joined, RFC 6749 section 2.3.1.
      const pair = `${formEncoded(clientId)}:${formEncoded(secret ?? "")}`;
      return { headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` }, parameters: {} };
    }
    case "private_key_jwt":
      return {
        headers: {},
        parameters: {
          client_id: clientId,
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: clientAssertion(client, now),
        },
      };
  }
}

function read(body: Document | null, status: number): Tokens | TokenRefusal | Failed {
  // Some providers refuse with status 200.
  if (typeof body?.error === "string") return { kind: "refused", error: /^[a-z_]{1,64}$/.test(body.error) ? body.error : "unknown" };
  const accessToken = textOfToken(body?.access_token);
  if (!body || status !== 200 || !accessToken) return failed("refused", `status ${status} and no token from the token endpoint`);
  // Any other type would need a proof of possession that we cannot give.
  if (textOf(body.token_type)?.toLowerCase() !== "bearer") return failed("refused", "the token is not of type Bearer");
  const { expires_in: expiresIn } = body;
  const seconds = typeof expiresIn === "string" && /^\d{1,9}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  return {
    kind: "tokens",
    accessToken,
    refreshToken: textOfToken(body.refresh_token),
    expiresInSeconds: typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 10 * 365 * 86_400) : null,
    scopes: scopesOf(body.scope),
    account: accountIn(body.id_token),
  };
}

// Visible ASCII, as RFC 6750 has it; CR and LF never reach a header.
const textOfToken = (value: unknown) => (typeof value === "string" && /^[\x21-\x7e]{1,16384}$/.test(value) ? value : null);
const formEncoded = (text: string) => new URLSearchParams({ a: text }).toString().slice(2);
