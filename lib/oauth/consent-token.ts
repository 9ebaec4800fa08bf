import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { PersonContext } from "@/lib/auth/context";
import { deriveKey } from "@/lib/crypto/keys";

/** The CSRF token of a consent form: good for this request, this person and this session only (OA-24). */
export function consentToken(authorizationId: string, person: PersonContext): string {
  const bound = JSON.stringify([authorizationId, person.person.id, person.sessionId]);
  return createHmac("sha256", deriveKey("oauth-consent")).update(bound).digest("base64url");
}

export function isConsentToken(given: string, authorizationId: string, person: PersonContext): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(consentToken(authorizationId, person)));
}
