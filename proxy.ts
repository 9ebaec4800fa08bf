import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { pageHeaders } from "@/lib/auth/page-headers";
import { nonceHeader, pathHeader } from "@/lib/auth/page-path";
import { env } from "@/lib/env";

/** Sets headers and decides nothing: every page and action asks for its own context (UI-01). */
export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(18).toString("base64");
  const { pathname, search } = request.nextUrl;
  const { isSecure, NODE_ENV } = env();
  const headers = pageHeaders({ path: pathname, nonce, isSecure, isDevelopment: NODE_ENV === "development" });
  const forward = new Headers(request.headers);
  forward.set(nonceHeader, nonce);
  forward.set(pathHeader, `${pathname}${search}`);
  // Next.js reads the nonce for its own scripts from here.
  forward.set("Content-Security-Policy", headers["Content-Security-Policy"] ?? "");
  const response = NextResponse.next({ request: { headers: forward } });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

export const config = {
  // Not the MCP endpoint, health, or files; a last segment with a dot is a file.
  matcher: ["/((?!mcp/|livez$|readyz$|_next/static|_next/image|.*\\.[a-z0-9]+$).*)"],
};
