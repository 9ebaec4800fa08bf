/** What an endpoint answers, before any framework is involved. `body` is sent as JSON. */
export type OAuthAnswer = {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** Of the sign-in that the request belongs to, where that is known. */
  reference?: string;
  /** Of a refusal, which gets its reference where the answer leaves. */
  refusal?: Refusal;
};

export type OAuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "invalid_target"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "access_denied"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "request_not_supported"
  | "request_uri_not_supported"
  | "temporarily_unavailable"
  | "server_error";

/** An expected refusal: a code of the RFCs and one sentence for the developer of the client. */
export type Refusal = { error: OAuthErrorCode; description: string };

export const refuse = (error: OAuthErrorCode, description: string): Refusal => ({ error, description });

// RFC 6749 section 5.2, RFC 7591 section 3.2.2, RFC 8707 section 2. Claude registers anew only on 401 with `invalid_client`.
const statusOf: Record<OAuthErrorCode, number> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  access_denied: 403,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  temporarily_unavailable: 429,
  server_error: 500,
};

/** The wire form of a refusal at the token, registration and revocation endpoints. */
export function refusalAnswer({ error, description }: Refusal, headers?: Record<string, string>): OAuthAnswer {
  return { status: statusOf[error], body: { error, error_description: printable(description) }, headers, refusal: { error, description } };
}

/** What the person's app may show them; a support desk finds every step by the last word. */
export const withReference = (description: string, reference: string) => `${description} (reference ${reference})`;

// RFC 6749 allows %x20-21 / %x23-5B / %x5D-7E in `error_description`.
export const printable = (text: string) =>
  text
    .replaceAll('"', "'")
    .replaceAll("\\", "/")
    .replace(/[^\x20-\x7e]/g, "?");
