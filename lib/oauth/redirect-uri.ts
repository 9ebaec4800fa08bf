/** Callbacks of desktop editors as their vendors document them; accepted as complete strings only (OA-07). */
export const nativeRedirectUris = [
  "cursor://anysphere.cursor-mcp/oauth/callback",
  "vscode://vscode.github-authentication/did-authenticate",
  "vscode-insiders://vscode.github-authentication/did-authenticate",
] as const;

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?([/?].*)?$/;

/** Why a redirect URI is not acceptable, or null when it is. Asked at registration, for metadata documents and again before redirecting. */
export function redirectUriProblem(uri: string, native: readonly string[]): string | null {
  if (uri.length > 2_000) return "is longer than 2000 characters";
  if (!/^[\x21-\x7e]+$/.test(uri)) return "has characters that do not belong in a URI";
  if (native.includes(uri)) return schemeRunsCode(uri) ? "has a scheme that runs code" : null;
  if (/[\\*<>"^`{|}]/.test(uri)) return "has characters that do not belong in a redirect URI";
  if (uri.includes("#")) return "has a fragment";
  if (uri.startsWith("http://")) return loopbackProblem(uri);
  if (!uri.startsWith("https://")) return "must be https, loopback http, or a known native callback";
  const parsed = URL.parse(uri);
  if (!parsed || parsed.hostname === "") return "is not a URL";
  return hasUserinfo(uri) ? "has a user in it" : null;
}

/** Exact comparison with what was registered; only the port of a loopback `http` URI is free (RFC 8252 section 7.3). */
export function matchesRegistered(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true;
  const portless = withoutPort(uri);
  return portless !== null && registered.some((candidate) => withoutPort(candidate) === portless);
}

/** Whether every address a client may be sent back to lies on the person's own machine, which proves nothing about it (OA-22). */
export const isLoopbackOnly = (registered: readonly string[]) => registered.length > 0 && registered.every((uri) => loopback.test(uri));

/** What the consent page shows of a redirect URI: its host, or the scheme and host of a native one. */
export function redirectHost(uri: string): string {
  const parsed = URL.parse(uri);
  if (!parsed) return uri;
  return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.host : `${parsed.protocol}//${parsed.host}`;
}

/** The registered URI with the parameters of a response; built as text, so not a byte of it is normalised. */
export function withParameters(uri: string, parameters: Record<string, string | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, value);
  return `${uri}${uri.includes("?") ? "&" : "?"}${search}`;
}

function loopbackProblem(uri: string): string | null {
  const port = loopback.exec(uri)?.[2];
  if (!loopback.test(uri)) return "must be https, or http on localhost, 127.0.0.1 or [::1]";
  return port !== undefined && (Number(port) > 65_535 || Number(port) === 0) ? "has a port that does not exist" : null;
}

function withoutPort(uri: string): string | null {
  const parts = loopback.exec(uri);
  return parts ? `${parts[1]}${parts[3] ?? ""}` : null;
}

// `URL` drops an empty user (`https://@host`), so the text decides.
const hasUserinfo = (uri: string) => /^https:\/\/[^/?]*@/.test(uri);

const schemeRunsCode = (uri: string) => /^(javascript|data|vbscript|file|blob|about|view-source):/i.test(uri);
