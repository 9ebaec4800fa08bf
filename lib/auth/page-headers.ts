/**
 * The security headers of one page (UI-04). `form-action` is left out under `/oauth`: after consent the form's answer leads to the client's
 * own address, and Chromium applies the directive to redirects too. `same-origin` keeps links with tokens from other sites like
 * `no-referrer` would, but lets forms send their Origin, which server actions are checked by.
 */
export function pageHeaders(page: { path: string; nonce: string; isSecure: boolean; isDevelopment: boolean }): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${page.nonce}' 'strict-dynamic'${page.isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${page.isDevelopment ? " ws: wss:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(isUnder(page.path, "/oauth") ? [] : ["form-action 'self'"]),
    ...(page.isSecure ? ["upgrade-insecure-requests"] : []),
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    // A client may have opened the sign-in in a popup that it waits for; these pages must not cut that tie.
    ...(signInPages.some((prefix) => isUnder(page.path, prefix)) ? {} : { "Cross-Origin-Opener-Policy": "same-origin" }),
    ...(page.isSecure ? { "Strict-Transport-Security": "max-age=31536000; includeSubDomains" } : {}),
  };
}

const signInPages = ["/oauth", "/sign-in", "/sign-up", "/verify", "/reset", "/invite"];
const isUnder = (path: string, prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
