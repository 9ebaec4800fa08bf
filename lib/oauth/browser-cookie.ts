import { env } from "@/lib/env";

/** Ties an authorization request to the browser that started it (OA-24). Without https there is no `__Host-`. */
export const browserCookieName = () => (env().isSecure ? "__Host-gatehouse-oauth" : "gatehouse-oauth");

/** Lax, since the request that needs it is a navigation that another site or an app started. */
export function browserCookie(value: string): string {
  return `${browserCookieName()}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600${env().isSecure ? "; Secure" : ""}`;
}

/** The value in a `Cookie` header, or null. */
export function readBrowserCookie(header: string | null): string | null {
  const prefix = `${browserCookieName()}=`;
  const found = (header ?? "").split(";").find((part) => part.trim().startsWith(prefix));
  return found ? found.trim().slice(prefix.length) : null;
}
