import { decode, encode } from "next-auth/jwt";
import { deriveKey } from "@/lib/crypto/keys";
import { env } from "@/lib/env";
import { limits } from "@/lib/limits";

/** next-auth's session cookie. `__Host-` needs https, and plain http exists on loopback only. */
export function sessionCookie() {
  const { isSecure } = env();
  return {
    name: hostCookie("gatehouse.session"),
    options: { httpOnly: true, sameSite: "lax", path: "/", secure: isSecure } as const,
    maxAge: limits.sessionAbsoluteSeconds,
  };
}

export const hostCookie = (name: string) => (env().isSecure ? `__Host-${name}` : name);

/** What next-auth encrypts its tokens with; derived, so that it needs no setting of its own. */
export const nextAuthSecret = () => deriveKey("next-auth").toString("base64url");

export const sealSid = (sid: string) => encode({ token: { sid }, secret: nextAuthSecret(), maxAge: limits.sessionAbsoluteSeconds });

/** The `sid` in a cookie's value; null for anything that we did not seal. */
export async function openSid(value: string | undefined): Promise<string | null> {
  if (!value) return null;
  try {
    const token = await decode({ token: value, secret: nextAuthSecret() });
    return typeof token?.sid === "string" ? token.sid : null;
  } catch {
    // Forged, expired, or sealed with an older master key: not signed in, whichever it is.
    return null;
  }
}
