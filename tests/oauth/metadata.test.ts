import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "@/lib/db/types";
import { challenge } from "@/lib/oauth/bearer";
import { forget } from "@/lib/singleton";
import { testDatabase } from "../support/database";
import { aPortalFor, frontDoorFetch } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;
let scene: Awaited<ReturnType<typeof aPortalFor>>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
  scene = await aPortalFor(db);
});

afterEach(() => {
  delete process.env.OAUTH_DCR;
  delete process.env.OAUTH_CIMD;
  forget("env");
});

const origin = "http://localhost:3000";
const get = (path: string, host = origin) => door(`${host}/.well-known/${path}`);
const json = async (response: Response) => (await response.json()) as Record<string, unknown>;
const portalPath = () => `oauth-protected-resource/mcp/${scene.org.slug}/${scene.portal.slug}`;

describe("OA-28: the documents", () => {
  test("list exactly what is accepted (OA-01, OA-02, OA-09)", async () => {
    expect(await json(await get("oauth-authorization-server"))).toEqual({
      issuer: origin,
      authorization_endpoint: `${origin}/oauth/authorize`,
      token_endpoint: `${origin}/oauth/token`,
      registration_endpoint: `${origin}/oauth/register`,
      revocation_endpoint: `${origin}/oauth/revoke`,
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
      token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
      revocation_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
      code_challenge_methods_supported: ["S256"],
      scopes_supported: ["mcp", "offline_access"],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    });
  });

  test("are the same under the OpenID Connect name", async () => {
    expect(await json(await get("openid-configuration"))).toEqual(await json(await get("oauth-authorization-server")));
  });

  test("agree with each other and with the challenge (OA-12: no offline_access there)", async () => {
    const names = { orgSlug: scene.org.slug, portalSlug: scene.portal.slug };
    const url = /resource_metadata="([^"]+)"/.exec(challenge(names, "invalid_token"))?.[1] ?? "";
    const document = await json(await door(url));
    expect(document).toMatchObject({
      resource: scene.resource,
      authorization_servers: [origin],
      scopes_supported: ["mcp"],
      bearer_methods_supported: ["header"],
    });
    expect(challenge(names)).toBe(`Bearer resource_metadata="${url}", scope="mcp"`);
    expect(challenge(names, "invalid_token")).toMatch(/^Bearer error="invalid_token", /);
  });

  test("do not believe the request's host", async () => {
    const response = await get(portalPath(), "http://evil.test");
    expect(JSON.stringify(await json(response))).not.toContain("evil.test");
    expect(JSON.stringify(await json(await get("oauth-authorization-server", "http://evil.test")))).not.toContain("evil.test");
  });

  test("can be read by any page, for minutes", async () => {
    for (const path of ["oauth-authorization-server", "openid-configuration", portalPath()]) {
      const response = await get(path);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("content-type")).toMatch(/^application\/json/);
      expect(response.headers.get("cache-control")).toBe("public, max-age=300");
      const preflight = await door(`${origin}/.well-known/${path}`, { method: "OPTIONS" });
      expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
    }
  });

  test.each([
    "oauth-protected-resource",
    "oauth-protected-resource/mcp",
    "oauth-protected-resource/mcp/none/none",
    "oauth-protected-resource/mcp/a/b/c",
    "oauth-protected-resource/mcp/%00/%00",
    "oauth-protected-resource/other/a/b",
    "oauth-authorization-server/mcp/a/b",
    "openid-configuration/mcp/a/b",
  ])("%s is 404, as JSON", async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await json(response)).toEqual({ error: "not_found" });
  });

  test("leave out what the operator has switched off (OA-19)", async () => {
    process.env.OAUTH_DCR = "off";
    process.env.OAUTH_CIMD = "off";
    forget("env");
    const document = await json(await get("oauth-authorization-server"));
    expect(document).not.toHaveProperty("registration_endpoint");
    expect(document.client_id_metadata_document_supported).toBe(false);
  });
});
