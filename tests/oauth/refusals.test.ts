import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { codes, grants, portals, refreshTokens, throttles } from "@/drizzle/schema";
import { authOptions } from "@/lib/auth/options";
import { findSession } from "@/lib/auth/session";
import type { Database } from "@/lib/db/types";
import { serveWeb } from "@/lib/endpoint/web-mount";
import { hashToken } from "@/lib/ids";
import { decideConsent } from "@/lib/oauth/decide";
import { redirectResponse } from "@/lib/oauth/redirect-response";
import { answerRegistration } from "@/lib/oauth/register";
import { anEchoPortal, type LivePortal, legacyHeaders, message } from "../mcp/harness";
import { testDatabase } from "../support/database";
import { aClient } from "../support/factories";
import { findGrant } from "../support/live-grant";
import { aCode, aPair, aPortalFor, authorizeUrl, browse, frontDoorFetch, pkce, postForm } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;

describe("a code", () => {
  test("OA-03: that has no challenge is worth nothing, with a verifier or without", async () => {
    const { form } = await aCode(db, door);
    await db
      .update(codes)
      .set({ codeChallenge: "" })
      .where(eq(codes.codeHash, hashToken(form.code)));
    for (const code_verifier of [form.code_verifier, "", "w".repeat(43)]) {
      expect(await errorOf(await postForm(door, "/oauth/token", { ...form, code_verifier }))).toBe("invalid_grant");
    }
  });

  test("OA-25: is not made for a browser where nobody is signed in", async () => {
    const { resource, org } = await aPortalFor(db);
    const client = await aClient(db);
    const { token, browser } = await browse(door, authorizeUrl(client.id, resource, pkce().challenge));
    const form = { token: token ?? "", browser, person: null, csrf: "", decision: "allow" };
    expect(await decideConsent(db, form, new Date())).toEqual({ kind: "page" });
    expect(await db.select().from(grants).where(eq(grants.orgId, org.id))).toEqual([]);
  });
});

describe("a redirect", () => {
  test.each(["javascript:alert(1)", "data:text/html,x", "http://app.test/cb", "myapp://withdrawn/callback"])(
    "OA-07: to %s is refused also where the address is registered already",
    async (redirect_uri) => {
      const { resource } = await aPortalFor(db);
      const client = await aClient(db, { redirectUris: [redirect_uri, "http://127.0.0.1/callback"] });
      const response = await door(authorizeUrl(client.id, resource, pkce().challenge, { redirect_uri }));
      expect([response.status, response.headers.get("location")]).toEqual([400, null]);
      const sound = await door(authorizeUrl(client.id, resource, pkce().challenge));
      expect(sound.status).toBe(303);
    },
  );

  test("OA-08: is a 303, and the routes make none but by the function that says so", () => {
    expect(redirectResponse("https://app.test/cb").status).toBe(303);
    const routes = join(import.meta.dirname, "../../app/oauth");
    const sources = readdirSync(routes, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("route.ts"));
    expect(sources.length).toBeGreaterThanOrEqual(6);
    for (const name of sources)
      expect(readFileSync(join(routes, name), "utf8"), name).not.toMatch(/\bResponse\.redirect|NextResponse|next\/navigation|\b30[1278]\b/);
  });
});

describe("an access token", () => {
  const asked = (live: LivePortal, token: string, names = { orgSlug: live.org.slug, portalSlug: live.portal.slug }) => {
    const headers = { ...legacyHeaders(token), host: "localhost:3000" };
    const address = `http://localhost:3000/mcp/${names.orgSlug}/${names.portalSlug}`;
    return serveWeb(live.endpoint, names, new Request(address, { method: "POST", headers, body: message("tools/list") }));
  };

  test("OA-11: is 401 at another tenant's portal, and at its own after the address changed", async () => {
    const [here, there] = [await anEchoPortal(db), await anEchoPortal(db)];
    expect((await asked(here, here.token)).status).toBe(200);
    expect((await asked(there, here.token)).status).toBe(401);
    const renamed = `${here.portal.slug}-2`;
    await db.update(portals).set({ slug: renamed }).where(eq(portals.id, here.portal.id));
    expect((await asked(here, here.token, { orgSlug: here.org.slug, portalSlug: renamed })).status).toBe(401);
  });

  test("OA-11: is no session of the pages", async () => {
    const { pair } = await aPair(db, door);
    for (const token of [pair.access_token, pair.refresh_token]) expect(await findSession(db, token, new Date())).toBeNull();
  });

  const jwt = (header: object) =>
    `${[header, { sub: "x", aud: "x", exp: 9e9 }].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.c2ln`;

  // biome-ignore format: a table reads best as a table
  test.each<[string, string]>([
    ["an unsigned JWT",             jwt({ alg: "none", typ: "at+jwt" })],
    ["a JWT with a shared key",     jwt({ alg: "HS256", typ: "at+jwt", kid: "1" })],
    ["a JWT that brings its key",   jwt({ alg: "ES256", jwk: { kty: "EC" } })],
    ["a JWT that says where it is", jwt({ alg: "RS256", jku: "https://evil.test/keys", x5u: "https://evil.test/cert" })],
    ["an ID token",                 jwt({ alg: "RS256", typ: "JWT" })],
  ])("OA-13: is never %s", async (_name, token) => {
    const live = await anEchoPortal(db);
    expect((await asked(live, token)).status).toBe(401);
    expect(await findGrant(db, token, new Date())).toBeNull();
  });

  test("OA-13: is no other secret of the flow, and not what the table holds", async () => {
    const { pair, form } = await aPair(db, door);
    for (const other of [pair.refresh_token, form.code, form.code_verifier, form.client_id, hashToken(pair.access_token)]) {
      expect(await findGrant(db, other, new Date())).toBeNull();
    }
  });
});

describe("a refresh token", () => {
  test("OA-14: is bound to person, client, portal and scope by its grant, and is stored as a hash", async () => {
    const { pair, client, person, portal, resource } = await aPair(db, door);
    const [row] = await db
      .select()
      .from(refreshTokens)
      .innerJoin(grants, eq(grants.id, refreshTokens.grantId))
      .where(eq(refreshTokens.tokenHash, hashToken(pair.refresh_token)));
    expect(row?.grant).toMatchObject({ clientId: client.id, personId: person.id, portalId: portal.id, resource, scope: "mcp" });
    expect(JSON.stringify(row)).not.toContain(pair.refresh_token);
  });
});

describe("the token and revocation endpoints", () => {
  const paths = ["/oauth/token", "/oauth/revoke"];

  // biome-ignore format: a table reads best as a table
  test.each<[string, string, string]>([
    ["JSON",               "application/json",                          JSON.stringify({ grant_type: "refresh_token" })],
    ["multipart",          "multipart/form-data; boundary=x",           "--x--"],
    ["plain text",         "text/plain",                                "grant_type=refresh_token"],
    ["a look-alike",       "application/x-www-form-urlencoded-2",       "grant_type=refresh_token"],
    ["a content type that is none", ";;;",                              "grant_type=refresh_token"],
    ["40 KB",              "application/x-www-form-urlencoded",         `grant_type=${"x".repeat(40_000)}`],
    ["a parameter twice",  "application/x-www-form-urlencoded",         "client_id=a&client_id=a&grant_type=refresh_token"],
    ["an unknown one twice", "application/x-www-form-urlencoded",       "client_id=a&x=1&x=2"],
    ["half an escape",     "application/x-www-form-urlencoded",         "client_id=%e0%a4&token=%zz%00"],
  ])("OA-18: answer %s with 400, as JSON that nobody stores", async (_name, type, body) => {
    for (const path of paths) {
      const response = await door(`http://localhost:3000${path}`, { method: "POST", headers: { "content-type": type }, body });
      expect([response.status, await errorOf(response)]).toEqual([400, "invalid_request"]);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("OA-18: read nothing from the address", async () => {
    const { form } = await aCode(db, door);
    const response = await postForm(door, `/oauth/token?${new URLSearchParams(form)}`, {});
    expect([response.status, await errorOf(response)]).toEqual([401, "invalid_client"]);
  });
});

test("OA-19: there is a limit to registrations from everywhere together, too", async () => {
  const windowEndsAt = new Date(Date.now() + 60_000);
  await db.insert(throttles).values({ key: hashToken("oauth-register"), count: 2_000, windowEndsAt });
  const request = { contentType: "application/json", body: JSON.stringify({ redirect_uris: ["https://app.test/cb"] }), ip: "198.51.100.77", userAgent: "" };
  const answer = await answerRegistration(db, request, { enabled: true, nativeRedirects: [] }, new Date());
  expect(answer).toMatchObject({ status: 429, body: { error: "temporarily_unavailable" }, headers: { "Retry-After": expect.stringMatching(/^[1-9]/) } });
});

test("OA-30: no identity provider can sign anybody in, so none has to be believed", () => {
  expect(authOptions().providers).toEqual([]);
});
