import { issuer } from "./urls";

/**
 * Whether a form was sent from our own pages (UI-03). A page with `Referrer-Policy: no-referrer` makes browsers send
 * `Origin: null` even to itself; then their unforgeable `Sec-Fetch-Site` decides.
 */
export function isSameOrigin(headers: { get(name: string): string | null }): boolean {
  const origin = headers.get("origin");
  if (origin !== null && origin !== "null") return origin === issuer();
  return headers.get("sec-fetch-site") === "same-origin";
}
