import { isIP } from "node:net";
import { isLoopbackHost } from "@/lib/env";
import { isLoopbackAddress, isNeverAllowed, isPublicAddress } from "./address";
import { EgressError } from "./errors";

/** What addresses a name may lead to: anything public, only this machine, or what the operator listed by host and port. */
export type Reach = "public" | "loopback" | "listed";

/** The URL of a request, or a refusal: https only, no user, no fragment, nothing private outside the operator's list (UP-02). */
export function checkedUrl(given: string | URL, allow: readonly string[]): URL {
  const url = typeof given === "string" ? URL.parse(given) : given;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) throw new EgressError("invalid_url", false, "the address must be an https URL");
  if (url.username || url.password) throw new EgressError("invalid_url", false, "the address must not contain a user name or password");
  if (url.hash) throw new EgressError("invalid_url", false, "the address must not contain a fragment");
  const reach = reachOf(url.hostname, portOf(url.protocol, url.port), allow);
  if (url.protocol === "http:" && reach === "public")
    throw new EgressError("blocked", false, "plain http is allowed only for addresses the operator has listed");
  // Node asks no resolver for a literal, so it is looked at here.
  const literal = bare(url.hostname);
  if (isIP(literal) !== 0) assertAddress(literal, reach);
  return url;
}

export function reachOf(hostname: string, port: number, allow: readonly string[]): Reach {
  if (allow.some((entry) => entry.toLowerCase() === `${hostname}:${port}`.toLowerCase())) return "listed";
  return allow.includes("loopback") && isLoopbackHost(hostname) ? "loopback" : "public";
}

/** Throws unless the address is within reach. */
export function assertAddress(address: string, reach: Reach): void {
  const fine = reach === "public" ? isPublicAddress(address) : reach === "loopback" ? isLoopbackAddress(address) : !isNeverAllowed(address);
  if (!fine) throw new EgressError("blocked", false, "the address leads into a private or reserved network");
}

export const portOf = (protocol: string, port: string) => (port ? Number(port) : protocol === "https:" ? 443 : 80);
const bare = (hostname: string) => (hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);
