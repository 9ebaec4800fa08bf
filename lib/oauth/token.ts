import type { Database } from "@/lib/db/types";
import { type OAuthAnswer, refusalAnswer, refuse } from "./answer";
import { clientCredentials } from "./client-credentials";
import { type FormRequest, readClientForm, refusedForm, senderOf, type TokenRequest } from "./client-form";
import { exchangeCode } from "./exchange-code";
import { refreshGrant } from "./refresh-grant";
import { unknownScope } from "./scope";

/** The token endpoint, RFC 6749 section 3.2. */
export async function answerToken(db: Database, request: FormRequest, now: Date): Promise<OAuthAnswer> {
  const form = await readClientForm(db, request, now);
  if ("error" in form) return refusedForm(form);
  if ("serviceToken" in form) return clientCredentials(db, { ...form, from: senderOf(request) }, now);
  const { given, client } = form;
  const unknown = unknownScope(given.one("scope"));
  if (unknown) return refusalAnswer(refuse("invalid_scope", `scope \`${unknown.slice(0, 60)}\` is not offered here`));
  const tokenRequest: TokenRequest = { given, client, ...senderOf(request) };
  switch (given.one("grant_type")) {
    case "authorization_code":
      return exchangeCode(db, tokenRequest, now);
    case "refresh_token":
      return refreshGrant(db, tokenRequest, now);
    case "client_credentials":
      return refusalAnswer(refuse("unauthorized_client", "this client acts for people; `client_credentials` is for service tokens, which an admin creates"));
    case undefined:
      return refusalAnswer(refuse("invalid_request", "`grant_type` is missing"));
    default:
      return refusalAnswer(refuse("unsupported_grant_type", "`grant_type` must be `authorization_code`, `refresh_token` or `client_credentials`"));
  }
}
