import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type AuthorizationFixture,
  metadataOf,
  type Reply,
  resourceOf,
  resourcePath,
  serverPath,
  startAuthorizationFixture,
} from "@/tests/support/authorization-fixture";
import { endpointsOf2025 } from "./authorization-server";
import { discoverUpstreamAuth } from "./discover";

let fixture: AuthorizationFixture;
beforeEach(async () => {
  fixture = await startAuthorizationFixture();
});
afterEach(() => fixture.close());

const rootPath = "/.well-known/oauth-protected-resource";
const challengeTo = (url: string) => ({ resourceMetadata: url, scopes: [], error: null });

function discover(announced: string | null = null, allowUnannouncedS256 = false) {
  const { serverUrl, ports } = fixture;
  return discoverUpstreamAuth({ serverUrl, allowUnannouncedS256 }, announced ? challengeTo(announced) : null, ports.egress);
}
async function outcome(announced?: string | null, allow?: boolean) {
  const found = await discover(announced, allow);
  return found.kind === "failed" ? found.cause : found.server.issuer;
}
const document = (body: unknown): Reply => ({ body });

describe("the order of discovery", () => {
  test("where the challenge points comes first, and nothing else is asked", async () => {
    fixture.documents["/custom.json"] = document(resourceOf(fixture.base));
    expect(await outcome(`${fixture.base}/custom.json`)).toBe(fixture.base);
    expect(fixture.log).toEqual(["GET /custom.json", `GET ${serverPath}`]);
  });

  test("then the path, then the root", async () => {
    delete fixture.documents[resourcePath];
    fixture.documents[rootPath] = document(resourceOf(fixture.base, { resource: fixture.base }));
    expect(await discover(`${fixture.base}/gone.json`)).toMatchObject({ resource: fixture.base, server: { issuer: fixture.base } });
    expect(fixture.log).toEqual(["GET /gone.json", `GET ${resourcePath}`, `GET ${rootPath}`, `GET ${serverPath}`]);
  });

  test("without any of them the origin is the issuer, as in 2025-03-26", async () => {
    delete fixture.documents[resourcePath];
    expect(await discover()).toMatchObject({ resource: fixture.serverUrl, server: { issuer: fixture.base, tokenEndpoint: `${fixture.base}/token` } });
    expect(fixture.log).toEqual([`GET ${resourcePath}`, `GET ${rootPath}`, `GET ${serverPath}`]);
  });

  test("and with nothing at all the fixed endpoints are used", async () => {
    fixture.documents = {};
    expect(await discover()).toMatchObject({
      server: { authorizationEndpoint: `${fixture.base}/authorize`, registrationEndpoint: `${fixture.base}/register` },
    });
  });

  test("an issuer with a path has three addresses", async () => {
    const issuer = `${fixture.base}/tenant`;
    fixture.documents[resourcePath] = document(resourceOf(fixture.base, { authorization_servers: [issuer] }));
    fixture.documents["/tenant/.well-known/openid-configuration"] = document(metadataOf(fixture.base, { issuer }));
    expect(await outcome()).toBe(issuer);
    expect(fixture.log.slice(1)).toEqual([
      "GET /.well-known/oauth-authorization-server/tenant",
      "GET /.well-known/openid-configuration/tenant",
      "GET /tenant/.well-known/openid-configuration",
    ]);
  });

  test("a web page instead of a document counts as none", async () => {
    fixture.documents[serverPath] = { body: "<!doctype html>", headers: { "content-type": "text/html" } };
    fixture.documents["/.well-known/openid-configuration"] = document(metadataOf(fixture.base));
    expect(await outcome()).toBe(fixture.base);
  });
});

describe("what ends discovery", () => {
  const cases: [string, string, (f: AuthorizationFixture) => void][] = [
    ["an issuer that calls itself otherwise", "issuer_mismatch", (f) => alter(f, { issuer: "https://evil.test" })],
    ["an issuer that differs by a slash", "issuer_mismatch", (f) => alter(f, { issuer: `${f.base}/` })],
    ["metadata without S256", "no_s256", (f) => alter(f, { code_challenge_methods_supported: ["plain"] })],
    ["metadata that says nothing about PKCE", "no_s256", (f) => alter(f, { code_challenge_methods_supported: undefined })],
    ["no token endpoint", "bad_metadata", (f) => alter(f, { token_endpoint: undefined })],
    ["an authorization endpoint for the browser to run", "unsafe_endpoint", (f) => alter(f, { authorization_endpoint: "javascript:alert(1)" })],
    ["an authorization endpoint over plain http", "unsafe_endpoint", (f) => alter(f, { authorization_endpoint: "http://acme.test/authorize" })],
    ["an authorization endpoint with a user name", "unsafe_endpoint", (f) => alter(f, { authorization_endpoint: "https://acme.test@evil.test/" })],
    ["a token endpoint inside a private network", "unsafe_endpoint", (f) => alter(f, { token_endpoint: "https://10.0.0.1/token" })],
    ["metadata that is not JSON", "bad_metadata", (f) => serve(f, serverPath, { body: "{" })],
    ["a redirect instead of metadata", "bad_metadata", (f) => serve(f, serverPath, { status: 302, headers: { location: `${f.base}/elsewhere` } })],
    ["an issuer that is down", "unavailable", (f) => serve(f, serverPath, { status: 503 })],
    ["an issuer named by the resource and without metadata", "no_metadata", (f) => void delete f.documents[serverPath]],
    ["a resource that is another server", "resource_mismatch", (f) => resource(f, "https://evil.test/mcp")],
    ["a resource that is a sibling", "resource_mismatch", (f) => resource(f, `${f.base}/mc`)],
    ["a resource that is a child", "resource_mismatch", (f) => resource(f, `${f.base}/mcp/more`)],
    [
      "an issuer inside a private network",
      "unsafe_endpoint",
      (f) => serve(f, resourcePath, document(resourceOf(f.base, { authorization_servers: ["https://169.254.169.254"] }))),
    ],
  ];
  test.each(cases)("%s: %s", async (_, cause, break_) => {
    break_(fixture);
    expect(await outcome()).toBe(cause);
  });

  test("a document elsewhere that names a parent of the server", async () => {
    fixture.documents["/other/meta.json"] = document(resourceOf(fixture.base, { resource: fixture.base }));
    expect(await outcome(`${fixture.base}/other/meta.json`)).toBe("resource_mismatch");
  });

  test("a metadata address inside a private network, which is never asked", async () => {
    expect(await outcome("https://192.168.0.1/meta")).toBe("unsafe_endpoint");
    expect(fixture.log).toEqual([]);
  });

  test("no redirect is followed", async () => {
    fixture.documents[resourcePath] = { status: 307, headers: { location: `${fixture.base}/elsewhere` } };
    expect(await outcome()).toBe("bad_metadata");
    expect(fixture.log).toEqual([`GET ${resourcePath}`]);
  });

  test("an admin may vouch for S256 that is not announced, not for its absence", async () => {
    alter(fixture, { code_challenge_methods_supported: undefined });
    expect(await outcome(null, true)).toBe(fixture.base);
    alter(fixture, { code_challenge_methods_supported: ["plain"] });
    expect(await outcome(null, true)).toBe("no_s256");
  });

  test("what an admin entered is taken as it is, nothing is asked, and it has to be safe", async () => {
    const manual = { ...endpointsOf2025("https://auth.test"), registrationEndpoint: null };
    const given = { serverUrl: fixture.serverUrl, allowUnannouncedS256: false };
    expect(await discoverUpstreamAuth({ ...given, manual }, null, fixture.ports.egress)).toMatchObject({ resource: fixture.serverUrl, server: manual });
    const plain = { ...manual, tokenEndpoint: "http://auth.test/token" };
    expect(await discoverUpstreamAuth({ ...given, manual: plain }, null, fixture.ports.egress)).toMatchObject({ cause: "unsafe_endpoint" });
    expect(fixture.log).toEqual([]);
  });

  test("what people read holds nothing that the other side wrote", async () => {
    alter(fixture, { issuer: "https://evil.test/<script>" });
    expect(await discover()).toMatchObject({ person: expect.not.stringContaining("evil"), detail: expect.stringContaining("evil.test") });
  });
});

function alter(f: AuthorizationFixture, more: object): void {
  f.documents[serverPath] = document(metadataOf(f.base, more));
}
function serve(f: AuthorizationFixture, path: string, reply: Reply): void {
  f.documents[path] = reply;
}
function resource(f: AuthorizationFixture, value: string): void {
  f.documents[resourcePath] = document(resourceOf(f.base, { resource: value }));
}
