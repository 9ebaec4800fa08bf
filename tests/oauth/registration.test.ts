import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, clients } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { cleanUp } from "@/lib/upkeep/clean-up";
import { nativeRedirectUris } from "@/lib/oauth/redirect-uri";
import { answerRegistration } from "@/lib/oauth/register";
import { testDatabase } from "../support/database";
import { aPair, aPortalFor, authorizeUrl, browse, frontDoorFetch, pkce } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;
let network = 0;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

const settings = { enabled: true, nativeRedirects: [...nativeRedirectUris, "myapp://exact/callback"] };

/** Registers from a network of its own, so that no test waits for another one's limit. */
function register(body: unknown, more: { contentType?: string | null; ip?: string; now?: Date; enabled?: boolean } = {}) {
  const { contentType = "application/json", ip = `198.51.${++network >> 8}.${network & 255}`, now = new Date(), enabled = true } = more;
  const text = typeof body === "string" || body === null ? body : JSON.stringify(body);
  return answerRegistration(db, { contentType, body: text, ip, userAgent: "client/1" }, { ...settings, enabled }, now);
}

const cursor = ["cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"];

describe("what real clients send is registered with 201", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, object]>([
    ["Claude Code", { client_name: "Claude Code (gatehouse)", redirect_uris: ["http://localhost:3118/callback"], grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: "none", scope: "mcp:tools" }],
    ["claude.ai",   { client_name: "Claude", redirect_uris: ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"], token_endpoint_auth_method: "client_secret_post" }],
    ["Cursor",      { client_name: "Cursor", redirect_uris: cursor, application_type: "web", token_endpoint_auth_method: "none" }],
    ["VS Code",     { client_name: "Visual Studio Code", redirect_uris: ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"], grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"], response_types: ["code"], application_type: "native" }],
    ["ChatGPT",     { client_name: "ChatGPT", redirect_uris: ["https://chatgpt.com/connector/oauth/abc123", "https://chatgpt.com/connector_platform_oauth_redirect"], token_endpoint_auth_method: "client_secret_basic" }],
    ["Codex",       { client_name: "Codex", redirect_uris: ["http://127.0.0.1:51234/callback/xyz"], application_type: "native" }],
    ["mcp-remote",  { client_name: "MCP CLI Proxy", redirect_uris: ["http://localhost:21384/oauth/callback"], software_id: "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d", software_version: "0.15.1", client_uri: "https://github.com/x", contacts: ["a@b.test"], unknown_field: { deep: [1] } }],
    ["no name",     { redirect_uris: ["https://app.test/cb"] }],
    ["an operator's own scheme", { redirect_uris: ["myapp://exact/callback"] }],
  ])("%s", async (_name, body) => {
    const answer = await register(body);
    expect(answer.status).toBe(201);
    const { redirect_uris, token_endpoint_auth_method = "none" } = body as { redirect_uris: string[]; token_endpoint_auth_method?: string };
    expect(answer.body).toMatchObject({ token_endpoint_auth_method, redirect_uris, response_types: ["code"], scope: "mcp" });
    expect("client_secret" in (answer.body as object)).toBe(token_endpoint_auth_method !== "none");
    expect(answer.body).not.toHaveProperty("unknown_field");
  });

  test("Cursor is sent back to its own scheme, exactly", async () => {
    const { resource } = await aPortalFor(db);
    const { client_id } = (await register({ redirect_uris: cursor })).body as { client_id: string };
    const url = authorizeUrl(client_id, resource, pkce().challenge, { redirect_uri: cursor[0], response_type: "token" });
    expect((await door(url)).headers.get("location")).toMatch(/^cursor:\/\/anysphere\.cursor-mcp\/oauth\/callback\?error=unsupported_response_type/);
    expect((await door(authorizeUrl(client_id, resource, pkce().challenge, { redirect_uri: `${cursor[0]}/more` }))).status).toBe(400);
  });

  test("OA-06: Claude Code may come back on another port than it registered", async () => {
    const { resource } = await aPortalFor(db);
    const { client_id } = (await register({ redirect_uris: ["http://localhost:3118/callback"] })).body as { client_id: string };
    const { location } = await browse(door, authorizeUrl(client_id, resource, pkce().challenge, { redirect_uri: "http://localhost:60123/callback" }));
    expect(location).toContain("/oauth/consent");
  });
});

describe("a bad redirect URI refuses the registration and is named (OA-07)", () => {
  test.each([
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.test/1",
    "http://app.test/cb",
    "http://localhost.evil.test/cb",
    "http://127.0.0.2/cb",
    "http://127.0.0.1@evil.test/",
    "http://[::2]/cb",
    "http://localhost:99999/cb",
    "http://localhost:0/cb",
    "http://localhost:/cb",
    "https://user@app.test/cb",
    "https://@app.test/cb",
    "https://u:p@app.test/cb",
    "https://app.test/cb#x",
    "https://*.app.test/cb",
    "https://app.test/*",
    "https://app.test\\@evil.test/",
    "https:app.test/cb",
    "https://",
    "HTTPS://app.test/cb",
    "https://app.test/\u0000",
    "https://app.test/\u202e",
    "https://app.test/a b",
    "//app.test/cb",
    "/cb",
    "",
    "cursor://anysphere.cursor-mcp/oauth/callback/x",
    "cursor://other/callback",
    "myapp://exact/callback?x",
    "vscode://evil.extension/cb",
    `https://app.test/${"x".repeat(2_000)}`,
  ])("%j", async (uri) => {
    const answer = await register({ redirect_uris: ["https://app.test/fine", uri] });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_redirect_uri" } });
    const shown = (answer.body as { error_description: string }).error_description;
    if (/^[\x21-\x7e]+$/.test(uri)) expect(shown).toContain(uri.replaceAll("\\", "/").slice(0, 60));
  });
});

describe("what is not a registration is 4xx JSON, never a fault (OA-18, OA-19)", () => {
  const fine = ["https://app.test/cb"];
  // biome-ignore format: a table reads best as a table
  test.each<[string, unknown, string?]>([
    ["nothing",                    ""],
    ["half an object",             "{"],
    ["null",                       "null"],
    ["a list",                     "[]"],
    ["a number",                   "7"],
    ["deep nesting",               `${"[".repeat(8_000)}${"]".repeat(8_000)}`],
    ["a body too long to read",    null],
    ["a form",                     "redirect_uris=x", "application/x-www-form-urlencoded"],
    ["no content type",            { redirect_uris: fine }, ""],
    ["a JSON-like content type",   { redirect_uris: fine }, "application/jsonp"],
    ["no redirect URIs",           {}],
    ["an empty list",              { redirect_uris: [] }],
    ["a text for a list",          { redirect_uris: "https://app.test/cb" }],
    ["numbers",                    { redirect_uris: [1] }],
    ["a list in the list",         { redirect_uris: [["https://app.test/cb"]] }],
    ["too many",                   { redirect_uris: Array(21).fill("https://app.test/cb") }],
    ["a name that is a number",    { redirect_uris: fine, client_name: 7 }],
    ["a name that is null",        { redirect_uris: fine, client_name: null }],
    ["only the implicit grant",    { redirect_uris: fine, grant_types: ["implicit"] }],
    ["grants as text",             { redirect_uris: fine, grant_types: "authorization_code" }],
    ["only the token response",    { redirect_uris: fine, response_types: ["token"] }],
    ["a signed client",            { redirect_uris: fine, token_endpoint_auth_method: "private_key_jwt" }],
    ["a method that is a list",    { redirect_uris: fine, token_endpoint_auth_method: ["none"] }],
    ["a prototype",                '{"__proto__":{"redirect_uris":["https://app.test/cb"]}}'],
  ])("%s", async (_name, body, contentType = "application/json") => {
    const answer = await register(body, { contentType });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: expect.stringMatching(/^invalid_(redirect_uri|client_metadata)$/) });
  });

  test("a name is clipped and loses what cannot be seen (UI-05)", async () => {
    const { body } = await register({ redirect_uris: fine, client_name: `Cl\u202eau\u200bde\n\u0000 \u{e0041}<b>${"x".repeat(200)}` });
    const name = (body as { client_name: string }).client_name;
    expect(name).toMatch(/^Claude <b>x+$/);
    expect([...name]).toHaveLength(100);
  });

  test("16 KiB is the most that is read", async () => {
    const body = JSON.stringify({ redirect_uris: fine, client_name: "x".repeat(20_000) });
    const response = await door("http://localhost:3000/oauth/register", { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(response.status).toBe(400);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("OA-19: the operator can switch it off", async () => {
    expect(await register({ redirect_uris: fine }, { enabled: false })).toMatchObject({ status: 403, body: { error: "access_denied" } });
  });

  test("OA-19: the twenty-first in an hour from one network waits", async () => {
    const from = { ip: "2001:db8:1:2::5" };
    for (let i = 0; i < 20; i++) expect((await register({ redirect_uris: fine }, from)).status).toBe(201);
    const answer = await register({ redirect_uris: fine }, { ip: "2001:db8:1:2:ffff::6" });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers?.["Retry-After"])).toBeGreaterThan(0);
  });
});

describe("a registration ends by itself", () => {
  test("OA-19: unused after a day: unknown, and removed", async () => {
    const { resource } = await aPortalFor(db);
    const yesterday = new Date(Date.now() - 86_400_001);
    const { client_id } = (await register({ redirect_uris: ["http://127.0.0.1/callback"] }, { now: yesterday })).body as { client_id: string };
    expect((await door(authorizeUrl(client_id, resource, pkce().challenge))).status).toBe(400);
    await cleanUp(db, new Date());
    expect(await db.select().from(clients).where(eq(clients.id, client_id))).toEqual([]);
  });

  test("used: it stays for ninety days from then, and with it its grant", async () => {
    const { client, pair } = await aPair(db, door);
    const [found] = await db.select().from(clients).where(eq(clients.id, client.id));
    expect(found?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 89 * 86_400_000);
    await cleanUp(db, new Date());
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: pair.refresh_token, client_id: client.id });
    const refreshed = await door("http://localhost:3000/oauth/token", { method: "POST", body: form });
    expect(refreshed.status).toBe(200);
  });

  test("it is on record", async () => {
    const { client_id } = (await register({ redirect_uris: ["https://app.test/cb"], client_name: "Seen" })).body as { client_id: string };
    expect(await db.select().from(accessEvents).where(eq(accessEvents.clientId, client_id))).toMatchObject([{ kind: "client_registered", clientName: "Seen" }]);
  });
});
