import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, describe, expect, test } from "vitest";
import { ConsentAsk } from "@/components/oauth/consent-ask";
import { errorPageResponse } from "@/components/oauth/error-page";
import { pageHeaders } from "@/lib/auth/page-headers";
import { browserCookie, readBrowserCookie } from "@/lib/oauth/browser-cookie";
import type { ConsentRequest } from "@/lib/oauth/consent";
import { forget } from "@/lib/singleton";

const request: ConsentRequest = {
  clientName: "<b>Claude</b>",
  documentHost: null,
  redirectHost: "localhost:3118",
  loopbackOnly: true,
  portal: { name: "Engineering", orgName: "Acme", contact: "it@acme.test", address: "https://gate.test/mcp/acme/eng" },
};

const page = (more: Partial<ConsentRequest> = {}) =>
  renderToStaticMarkup(
    createElement(ConsentAsk, {
      request: { ...request, ...more },
      email: "ana@acme.test",
      name: "Ana",
      servers: [{ id: "1", name: "Jira" }],
      csrf: "the-csrf",
      token: "the-token",
    }),
  );

describe("what a person is asked", () => {
  test("OA-22: names person, app, where it returns to, portal, organization and servers, all as plain text", () => {
    const html = page();
    for (const fact of ["ana@acme.test", "&lt;b&gt;Claude&lt;/b&gt;", "localhost:3118", "Engineering", "Acme", "https://gate.test/mcp/acme/eng", "Jira"]) {
      expect(html).toContain(fact);
    }
    expect(html).not.toContain("<b>Claude");
    expect(html).toContain("Their tools, prompts and resources");
  });

  test("OA-22: marks the app's name as unverified, with the host of its document where it has one", () => {
    expect(page()).toContain("Unverified: the app chose this name itself");
    const described = page({ documentHost: "claude.ai" });
    expect(described).toContain("Name unverified, described by");
    expect(described).toContain("claude.ai");
  });

  test("OA-22: warns of an app that returns to the person's own computer, and of no other", () => {
    expect(page()).toContain("nothing proves which app it is");
    expect(page({ loopbackOnly: false })).not.toContain("nothing proves which app it is");
  });

  test("OA-26: puts the focus on nothing, and cancel before allow", () => {
    const html = page();
    expect(html.toLowerCase()).not.toContain("autofocus");
    expect(html.indexOf('value="cancel"')).toBeLessThan(html.indexOf('value="allow"'));
  });
});

test.each(["/sign-in", "/sign-up", "/oauth/consent", "/connect/acme/eng"])("OA-26: %s cannot be framed and tells no other site its address", (path) => {
  const headers = pageHeaders({ path, nonce: "n", isSecure: true, isDevelopment: false });
  expect(headers["Content-Security-Policy"]).toContain("frame-ancestors 'none'");
  expect(headers).toMatchObject({ "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin" });
});

test("OA-26: nor can a page that refuses, which nobody stores", () => {
  const { headers } = errorPageResponse(new Request("http://localhost:3000/oauth/authorize"), { title: "t", explanation: "e", code: "c", reference: "r" }, 400);
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
});

describe("the cookie of the browser that began", () => {
  const publicUrl = process.env.PUBLIC_URL;
  afterEach(() => {
    process.env.PUBLIC_URL = publicUrl;
    delete process.env.SIGN_UP;
    forget("env");
  });

  test("OA-24: is a `__Host-` one over https, and no other name is believed there", () => {
    process.env.PUBLIC_URL = "https://gate.test";
    process.env.SIGN_UP = "invited";
    forget("env");
    expect(browserCookie("ghb_x")).toBe("__Host-gatehouse-oauth=ghb_x; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure");
    expect(readBrowserCookie("a=1; __Host-gatehouse-oauth=ghb_x")).toBe("ghb_x");
    expect(readBrowserCookie("gatehouse-oauth=ghb_planted")).toBeNull();
  });
});
