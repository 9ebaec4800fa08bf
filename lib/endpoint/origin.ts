import { env, isLoopbackHost } from "@/lib/env";

/** Whether a request came to our own public name; behind any other name it may be DNS rebinding (ME-10). */
export function isOurHost(host: string | undefined, { publicUrl, isLoopback } = env()): boolean {
  if (!host) return false;
  if (host === hostOf(publicUrl)) return true;
  return isLoopback && isLoopbackHost(nameOf(host));
}

/** Whether a browser page may talk to the endpoint. Clients that are no browser send no `Origin`. */
export function isAllowedOrigin(origin: string | undefined, { publicUrl, isLoopback } = env()): boolean {
  if (origin === undefined || origin === publicUrl) return true;
  const url = isLoopback ? URL.parse(origin) : null;
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && isLoopbackHost(url.hostname);
}

/** CORS is for our own origin only, named exactly and never reflected (ME-11). */
export function corsHeaders(origin: string | undefined, { publicUrl } = env()): Record<string, string> {
  if (origin !== publicUrl) return {};
  return { "access-control-allow-origin": publicUrl, "access-control-expose-headers": "WWW-Authenticate, Mcp-Session-Id", vary: "Origin" };
}

export const preflightHeaders = {
  "access-control-allow-methods": "POST, GET, DELETE",
  "access-control-allow-headers": "Authorization, Content-Type, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID",
  "access-control-max-age": "600",
};

const hosts = new Map<string, string>();

function hostOf(publicUrl: string): string {
  let host = hosts.get(publicUrl);
  if (host === undefined) {
    host = new URL(publicUrl).host;
    hosts.set(publicUrl, host);
  }
  return host;
}

const nameOf = (host: string) => host.replace(/:\d{1,5}$/, "").toLowerCase();
