import { describe, expect, test } from "vitest";
import { type ClientRule, isListed } from "./listed";
import { redirectUriProblem } from "./redirect-uri";
import { nativeRedirectUris } from "./redirect-uri";
import { vendorIds, vendors } from "./vendors";

const listed = (rule: ClientRule, redirectUri: string, clientId = "cli_x") => isListed([rule], { clientId, redirectUri });
const fits = (value: string, redirectUri: string) => listed({ kind: "redirect", value }, redirectUri);

// biome-ignore format: a table reads best as a table
const documented: [ClientRule["value"], string[]][] = [
  ["claude",   ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"]],
  ["chatgpt",  ["https://chatgpt.com/connector/oauth/abc_123", "https://chatgpt.com/connector_platform_oauth_redirect"]],
  ["cursor",   ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback", "https://www.cursor.com/agents/mcp/oauth/callback"]],
  ["vscode",   ["http://127.0.0.1:33418/", "http://127.0.0.1:51234/", "http://127.0.0.1/", "https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"]],
  ["loopback", ["http://localhost:3118/callback", "http://127.0.0.1:40001/callback/id", "http://[::1]:6276/oauth/callback", "http://localhost/x"]],
];

describe("a known vendor's tick", () => {
  const cases = documented.flatMap(([vendor, uris]) => uris.map((uri) => [vendor, uri] as const));
  test.each(cases)("%s lets %s in", (vendor, uri) => {
    expect(listed({ kind: "vendor", value: vendor }, uri)).toBe(true);
  });

  test("lets no other vendor's address in, but for what lies on the person's machine", () => {
    for (const [vendor] of documented) {
      for (const [other, uris] of documented) {
        if (other === vendor) continue;
        for (const uri of uris) {
          const isLocal = vendor === "loopback" && uri.startsWith("http://");
          const expected = isLocal || (vendor === "vscode" && /^http:\/\/127\.0\.0\.1(:\d+)?\/$/.test(uri));
          expect([vendor, uri, listed({ kind: "vendor", value: vendor }, uri)]).toEqual([vendor, uri, expected]);
        }
      }
    }
  });

  test("is there for each, and each of its addresses would be accepted at registration", () => {
    expect(vendors.map(({ id }) => id)).toEqual([...vendorIds]);
    for (const uri of vendors.flatMap(({ redirects }) => redirects)) expect([uri, redirectUriProblem(uri, nativeRedirectUris)]).toEqual([uri, null]);
  });
});

// biome-ignore format: a table reads best as a table
test.each<[string, string, boolean]>([
  ["https://app.test/back",         "https://app.test/back",                     true],
  ["https://app.test/back",         "https://app.test/back/",                    false],
  ["https://app.test/back",         "https://app.test/back?x=1",                 false],
  ["https://app.test/back",         "https://app.test.evil.test/back",           false],
  ["https://app.test/cb/",          "https://app.test/cb/",                      true],
  ["https://app.test/cb/",          "https://app.test/cb/one/two?x=1",           true],
  ["https://app.test/cb/",          "https://app.test/cb",                       false],
  ["https://app.test/cb/",          "https://app.test/cb/../admin",              false],
  ["https://app.test/cb/",          "https://app.test/cb/one/..",                false],
  ["https://app.test/cb/",          "https://app.test/cb/./x",                   false],
  ["https://app.test/cb/",          "https://app.test/cb/%2e%2e/admin",          false],
  ["https://app.test/cb/",          "https://app.test/cb/..%2Fadmin",            false],
  ["https://app.test/cb/",          "https://app.test/cb/x%5c..%5cadmin",        false],
  ["https://app.test/cb/",          "https://app.test/cb/a..b",                  true],
  ["https://app.test/",             "https://app.test/anything",                 true],
  ["https://app.test/",             "https://app.test@evil.test/",               false],
  ["http://localhost/callback",     "http://localhost:4000/callback",            true],
  ["http://localhost/callback",     "http://127.0.0.1:4000/callback",            false],
  ["http://localhost:3000/callback", "http://localhost:3000/callback",           true],
  ["http://localhost:3000/callback", "http://localhost:3001/callback",           false],
  ["http://localhost/",             "http://localhost/callback",                 false],
])("the redirect rule %s for %s: %s", (rule, uri, expected) => {
  expect(fits(rule, uri)).toBe(expected);
});

test("a client id on the list may return anywhere it registered; another id may not; an empty list lets nobody in", () => {
  const rule: ClientRule = { kind: "client_id", value: "https://app.test/client.json" };
  expect(listed(rule, "https://other.test/back", "https://app.test/client.json")).toBe(true);
  expect(listed(rule, "https://other.test/back", "https://app.test/client.json2")).toBe(false);
  expect(isListed([], { clientId: "x", redirectUri: "http://localhost/x" })).toBe(false);
});
