import { expect, test } from "vitest";
import { pageHeaders } from "./page-headers";

const page = (path: string, more: { isSecure?: boolean; isDevelopment?: boolean } = {}) =>
  pageHeaders({ path, nonce: "abc", isSecure: true, isDevelopment: false, ...more });
const policy = (...args: Parameters<typeof page>) => page(...args)["Content-Security-Policy"] ?? "";

test("no script runs without the nonce, and nobody frames a page", () => {
  expect(policy("/admin/acme")).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic';");
  expect(policy("/admin/acme")).not.toMatch(/script-src[^;]*unsafe/);
  for (const one of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]) expect(policy("/admin/acme")).toContain(one);
});

test("a consent form may lead to the client, other forms stay here", () => {
  expect(policy("/oauth/consent")).not.toContain("form-action");
  for (const path of ["/sign-in", "/oauth-like", "/account"]) expect(policy(path)).toContain("form-action 'self'");
});

test("https is remembered where there is https", () => {
  expect(page("/", { isSecure: true })["Strict-Transport-Security"]).toContain("max-age=31536000");
  expect(page("/", { isSecure: false })).not.toHaveProperty("Strict-Transport-Security");
  expect(policy("/", { isSecure: false })).not.toContain("upgrade-insecure-requests");
});

test("eval is for development only", () => {
  expect(policy("/", { isDevelopment: true })).toContain("'unsafe-eval'");
});

test("a sign-in in a popup stays tied to its opener, the admin pages do not", () => {
  for (const path of ["/oauth/consent", "/sign-in", "/verify/abc"]) expect(page(path)).not.toHaveProperty("Cross-Origin-Opener-Policy");
  expect(page("/admin/acme")["Cross-Origin-Opener-Policy"]).toBe("same-origin");
});
