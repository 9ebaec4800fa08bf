import { createHash, timingSafeEqual } from "node:crypto";

/** A challenge as S256 makes it: the base64url form of a SHA-256, so exactly 43 characters (RFC 7636 section 4.2). */
export const isChallenge = (text: string) => /^[A-Za-z0-9_-]{43}$/.test(text);

/** Whether the verifier is well-formed and the challenge was made from it. */
export function verifies(verifier: string | undefined, challenge: string): boolean {
  if (!verifier || !/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) return false;
  const made = createHash("sha256").update(verifier).digest();
  const wanted = Buffer.from(challenge, "base64url");
  return made.length === wanted.length && timingSafeEqual(made, wanted);
}
