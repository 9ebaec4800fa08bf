import { isLoopbackOnly, matchesRegistered } from "./redirect-uri";
import { vendors } from "./vendors";

export type ClientRule = { kind: "vendor" | "redirect" | "client_id"; value: string };

/** Whether a client that wants to return to this address is on the list. One rule that fits is enough; nothing is normalised. */
export function isListed(rules: readonly ClientRule[], client: { clientId: string; redirectUri: string }): boolean {
  return rules.some((rule) => applies(rule, client));
}

function applies({ kind, value }: ClientRule, { clientId, redirectUri }: { clientId: string; redirectUri: string }): boolean {
  switch (kind) {
    case "client_id":
      return value === clientId;
    case "redirect":
      return fits(redirectUri, value);
    case "vendor":
      return fitsVendor(redirectUri, value);
  }
}

/** An `https` address that ends in a slash means everything below it. */
export const isPrefix = (redirect: string) => redirect.startsWith("https://") && redirect.endsWith("/");

function fitsVendor(redirectUri: string, id: string): boolean {
  if (id === "loopback") return isLoopbackOnly([redirectUri]);
  return vendors.find((vendor) => vendor.id === id)?.redirects.some((redirect) => fits(redirectUri, redirect)) ?? false;
}

function fits(redirectUri: string, rule: string): boolean {
  if (redirectUri === rule) return true;
  if (isPrefix(rule)) return redirectUri.startsWith(rule) && staysBelow(redirectUri.slice(rule.length));
  return !hasPort(rule) && matchesRegistered(redirectUri, [rule]);
}

// A browser resolves `..`, and a server may decode what a browser leaves alone: neither may climb out of the prefix.
const staysBelow = (rest: string) => !/(^|\/)\.{1,2}(\/|$)|%2e|%2f|%5c/i.test(rest.split("?")[0] ?? "");

const hasPort = (redirect: string) => /^http:\/\/[^/?]*:\d+([/?]|$)/.test(redirect);
