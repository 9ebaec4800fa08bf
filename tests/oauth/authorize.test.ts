import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, authorizations } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { limits } from "@/lib/limits";
import { authorize } from "@/lib/oauth/authorize";
import { clientSource } from "@/lib/oauth/settings";
import { hit } from "@/lib/throttle/throttle";
import { testDatabase } from "../support/database";
import { aClient } from "../support/factories";
import { aPortalFor, authorizeUrl, browse, frontDoorFetch, pkce } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;
let resource: string;
let clientId: string;
const { challenge } = pkce();

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
  resource = (await aPortalFor(db)).resource;
  clientId = (await aClient(db, { redirectUris: ["http://127.0.0.1/callback", "https://app.test/back?kept=1"] })).id;
});

const asked = (otherwise: Record<string, string | undefined> = {}) => authorizeUrl(clientId, resource, challenge, otherwise);

describe("what is wrong with the client or its redirect URI is told to the person, never sent anywhere", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, Record<string, string | undefined>]>([
    ["OA-06 no client",                         { client_id: undefined }],
    ["OA-06 an unknown client",                 { client_id: "cli_00000000000000000000000000" }],
    ["OA-06 a client id with a NUL",            { client_id: "cli_\0" }],
    ["OA-06 an endless client id",              { client_id: "x".repeat(10_000) }],
    ["OA-06 no redirect URI",                   { redirect_uri: undefined }],
    ["OA-06 another host",                      { redirect_uri: "https://evil.test/back?kept=1" }],
    ["OA-06 a longer path",                     { redirect_uri: "https://app.test/back?kept=1&more=1" }],
    ["OA-06 another path on loopback",          { redirect_uri: "http://127.0.0.1/other" }],
    ["OA-06 another loopback name",             { redirect_uri: "http://localhost/callback" }],
    ["OA-06 https on loopback",                 { redirect_uri: "https://127.0.0.1/callback" }],
    ["OA-06 a user before the loopback host",   { redirect_uri: "http://127.0.0.1:80@evil.test/callback" }],
    ["OA-06 a different case",                  { redirect_uri: "https://APP.test/back?kept=1" }],
    ["OA-07 a script",                          { redirect_uri: "javascript:alert(1)" }],
    ["OA-10 no resource",                       { resource: undefined }],
    ["OA-10 an empty resource",                 { resource: "" }],
    ["OA-20 a document on http",                { client_id: "http://app.test/client.json" }],
    ["OA-20 a document without a path",         { client_id: "https://app.test/" }],
  ])("%s", async (_name, otherwise) => {
    const response = await door(asked(otherwise));
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test.each(["client_id", "redirect_uri"])("OA-18 `%s` twice", async (name) => {
    const url = asked();
    url.searchParams.append(name, url.searchParams.get(name) ?? "");
    const response = await door(url);
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
  });

  test("the page explains, names its reference, and escapes", async () => {
    const html = await (await door(asked({ resource: undefined }))).text();
    expect(html).toContain("which portal it wants");
    const reference = /ref_[0-9a-z]{10}/.exec(html)?.[0] ?? "";
    const events = await db.select().from(accessEvents).where(eq(accessEvents.correlationId, reference));
    expect(events).toMatchObject([{ kind: "authorization_refused", outcome: "refused", reason: "invalid_target", clientId }]);
  });
});

describe("what is wrong with the rest goes back to the client, with state and iss (OA-09)", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, Record<string, string | undefined>, string]>([
    ["OA-01 no response type",          { response_type: undefined },                  "invalid_request"],
    ["OA-01 the implicit flow",         { response_type: "token" },                    "unsupported_response_type"],
    ["OA-01 the hybrid flow",           { response_type: "code id_token" },            "unsupported_response_type"],
    ["OA-01 a fragment response",       { response_mode: "fragment" },                 "invalid_request"],
    ["OA-01 a request object",          { request: "e30.e30." },                       "request_not_supported"],
    ["OA-01 a request by reference",    { request_uri: "https://app.test/r" },         "request_uri_not_supported"],
    ["OA-02 no challenge",              { code_challenge: undefined },                 "invalid_request"],
    ["OA-02 no method",                 { code_challenge_method: undefined },          "invalid_request"],
    ["OA-02 the plain method",          { code_challenge_method: "plain" },            "invalid_request"],
    ["OA-02 an unknown method",         { code_challenge_method: "s256" },             "invalid_request"],
    ["OA-02 a short challenge",         { code_challenge: "abc" },                     "invalid_request"],
    ["OA-02 a challenge with padding",  { code_challenge: `${challenge}=` },           "invalid_request"],
    ["OA-10 an unknown portal",         { resource: "http://localhost:3000/mcp/none/none" }, "invalid_target"],
    ["OA-10 another origin",            { resource: "https://other.test/mcp/a/b" },    "invalid_target"],
    ["OA-10 the origin alone",          { resource: "http://localhost:3000" },         "invalid_target"],
    ["OA-10 a path that climbs",        { resource: "http://localhost:3000/mcp/x/../y" }, "invalid_target"],
    ["OA-12 an unknown scope",          { scope: "mcp admin" },                        "invalid_scope"],
    ["a state with a line break",       { state: "a\nb" },                             "invalid_request"],
    ["a state with a NUL",              { state: "a\0b" },                             "invalid_request"],
    ["an endless state",                { state: "x".repeat(5_000) },                  "invalid_request"],
  ])("%s", async (_name, otherwise, error) => {
    const response = await door(asked(otherwise));
    expect(response.status).toBe(303);
    const back = new URL(response.headers.get("location") ?? "");
    expect(`${back.origin}${back.pathname}`).toBe("http://127.0.0.1/callback");
    expect(back.searchParams.get("error")).toBe(error);
    expect(back.searchParams.get("iss")).toBe("http://localhost:3000");
    expect(back.searchParams.get("code")).toBeNull();
    if (!("state" in otherwise)) expect(back.searchParams.get("state")).toBe("the-state");
  });

  test.each(["response_type", "scope", "state", "resource", "code_challenge", "code_challenge_method"])("OA-18 `%s` twice", async (name) => {
    const url = asked({ scope: "mcp" });
    url.searchParams.append(name, url.searchParams.get(name) ?? "");
    const back = new URL((await door(url)).headers.get("location") ?? "");
    expect(back.searchParams.get("error")).toBe("invalid_request");
  });

  test("a query in the redirect URI is kept", async () => {
    const response = await door(asked({ redirect_uri: "https://app.test/back?kept=1", response_type: "token" }));
    expect(response.headers.get("location")).toMatch(/^https:\/\/app\.test\/back\?kept=1&error=unsupported_response_type/);
  });

  test("a refusal about a known portal is on that organization's record", async () => {
    const { org, portal, resource: own } = await aPortalFor(db);
    await door(authorizeUrl(clientId, own, challenge, { scope: "root" }));
    const events = await db
      .select()
      .from(accessEvents)
      .where(and(eq(accessEvents.orgId, org.id), eq(accessEvents.kind, "authorization_refused")));
    expect(events).toMatchObject([{ reason: "invalid_scope", portalId: portal.id, clientId }]);
  });
});

describe("a sound request", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, Record<string, string | undefined>]>([
    ["as it is",                              {}],
    ["without state",                         { state: undefined }],
    ["without scope",                         { scope: undefined }],
    ["with every scope that is offered",      { scope: "mcp offline_access" }],
    ["with one slash behind the resource",    { resource: undefined }],
    ["OA-06 with any port on loopback",       { redirect_uri: "http://127.0.0.1:51763/callback" }],
    ["with parameters nobody knows",          { prompt: "consent", nonce: "n", display: "page", login_hint: "a" }],
  ])("%s waits for the person", async (name, otherwise) => {
    const url = asked(otherwise);
    if (name.includes("slash")) url.searchParams.set("resource", `${resource}/`);
    const { response, location, browser } = await browse(door, url);
    expect(response.status).toBe(303);
    expect(location).toMatch(/^http:\/\/localhost:3000\/oauth\/consent\?tx=ghz_/);
    expect(browser).toMatch(/^ghb_/);
    expect(response.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Lax/);
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("CR-05: neither the token in the address nor the cookie is in the table", async () => {
    const { token, browser } = await browse(door, asked());
    const rows = JSON.stringify(await db.select().from(authorizations));
    expect(rows).not.toContain(token);
    expect(rows).not.toContain(browser);
  });

  test("one network's requests that wait are limited, and no other network's", async () => {
    const now = new Date();
    const at = (ip: string) => authorize(db, { search: asked().searchParams, browser: null, ip, userAgent: "" }, clientSource(), now);
    for (let i = 0; i < limits.authorizationsPerPrefixPerHour; i++)
      await hit(db, "oauth-waiting:198.51.100.7", { limit: limits.authorizationsPerPrefixPerHour, windowSeconds: 3_600 }, now);
    const before = await db.$count(authorizations);
    expect(await at("198.51.100.7")).toMatchObject({ kind: "local", refusal: { error: "temporarily_unavailable" } });
    expect(await db.$count(authorizations)).toBe(before);
    expect((await at("198.51.100.8")).kind).toBe("consent");
  });

  test("a browser keeps its cookie, so two tabs do not end each other", async () => {
    const first = await browse(door, asked());
    const second = await door(asked(), { headers: { cookie: `a=b; gatehouse-oauth=${first.browser}` } });
    expect(second.headers.get("set-cookie")).toContain(first.browser);
    const planted = await door(asked(), { headers: { cookie: "gatehouse-oauth=chosen" } });
    expect(planted.headers.get("set-cookie")).not.toContain("chosen");
  });
});
