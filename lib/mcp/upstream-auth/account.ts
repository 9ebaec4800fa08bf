import { parseObject } from "./documents";

/**
 * Whom the provider calls the account, as its ID token has it. Only shown: nothing is decided by it, so its signature is not looked at.
 * Null where the provider says nothing of the kind.
 */
export function accountIn(idToken: unknown): string | null {
  const payload = typeof idToken === "string" && idToken.length <= 16_384 ? idToken.split(".")[1] : undefined;
  const claims = payload ? parseObject(Buffer.from(payload, "base64url").toString("utf8")) : null;
  return [claims?.email, claims?.preferred_username, claims?.name].find(isName) ?? null;
}

const isName = (value: unknown): value is string => typeof value === "string" && /^[^\p{Cc}]{1,254}$/u.test(value);
