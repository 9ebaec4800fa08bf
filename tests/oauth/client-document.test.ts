import { beforeAll, describe, expect, test } from "vitest";
import type { Database } from "@/lib/db/types";
import { type AuthorizeOutcome, authorize } from "@/lib/oauth/authorize";
import type { ClientSource } from "@/lib/oauth/clients";
import { testDatabase } from "../support/database";
import { aPortalFor, authorizeUrl, pkce } from "./front-door";

let db: Database;
let resource: string;
let made = 0;
const { challenge } = pkce();

beforeAll(async () => {
  db = await testDatabase();
  resource = (await aPortalFor(db)).resource;
});

type Reply = { status?: number; headers?: Record<string, string>; body?: string };

const aUrl = () => `https://claude-${++made}.test/oauth/client-metadata`;
const aDocument = (id: string, more: object = {}) =>
  JSON.stringify({ client_id: id, client_name: "Claude Code", redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"], ...more });

/** A network that answers every request with this, and counts. */
function aNetwork(reply: Reply | ((url: string) => Promise<Reply>)) {
  const asked: string[] = [];
  const fetchDocument: ClientSource["fetchDocument"] = async (url) => {
    asked.push(url);
    const { status = 200, headers = { "content-type": "application/json" }, body = "" } = typeof reply === "function" ? await reply(url) : reply;
    return { status, headers, text: async () => body, dump: () => {} };
  };
  return { asked, source: { documents: "on" as ClientSource["documents"], nativeRedirects: [], fetchDocument, levelMs: 0 } };
}

function ask(clientId: string, source: ClientSource, more: { ip?: string; now?: Date } = {}): Promise<AuthorizeOutcome> {
  const search = authorizeUrl(clientId, resource, challenge, { redirect_uri: "http://localhost:3118/callback" }).searchParams;
  return authorize(db, { search, browser: null, ip: more.ip ?? `198.51.100.${++made % 250}`, userAgent: "" }, source, more.now ?? new Date());
}

test("a client is known by its document, on any loopback port", async () => {
  const id = aUrl();
  const { source, asked } = aNetwork({ body: aDocument(id) });
  expect(await ask(id, source)).toMatchObject({ kind: "consent" });
  expect(asked).toEqual([id]);
});

describe("a document that is not right gets the same answer, whatever is wrong (OA-20, OA-21)", () => {
  // biome-ignore format: a table reads best as a table
  test.each<[string, (id: string) => Reply]>([
    ["404",                         (id) => ({ status: 404, body: aDocument(id) })],
    ["a redirect",                  (id) => ({ status: 302, headers: { location: "https://x.test/", "content-type": "application/json" }, body: aDocument(id) })],
    ["201",                         (id) => ({ status: 201, body: aDocument(id) })],
    ["HTML",                        (id) => ({ headers: { "content-type": "text/html" }, body: aDocument(id) })],
    ["no content type",             (id) => ({ headers: {}, body: aDocument(id) })],
    ["not JSON",                    () => ({ body: "{" })],
    ["a list",                      () => ({ body: "[]" })],
    ["null",                        () => ({ body: "null" })],
    ["another client_id",           (id) => ({ body: aDocument(`${id}/`) })],
    ["no client_id",                (id) => ({ body: aDocument(id, { client_id: undefined }) })],
    ["no name",                     (id) => ({ body: aDocument(id, { client_name: undefined }) })],
    ["no redirect URIs",            (id) => ({ body: aDocument(id, { redirect_uris: [] }) })],
    ["a script as redirect URI",    (id) => ({ body: aDocument(id, { redirect_uris: ["http://localhost/callback", "javascript:alert(1)"] }) })],
    ["a shared secret",             (id) => ({ body: aDocument(id, { client_secret: "s" }) })],
    ["a secret method",             (id) => ({ body: aDocument(id, { token_endpoint_auth_method: "client_secret_post" }) })],
    ["a private key",               (id) => ({ body: aDocument(id, { jwks: { keys: [{ kty: "EC", d: "x" }] } }) })],
    ["more than 5 KiB",             (id) => ({ body: aDocument(id, { padding: "x".repeat(5_200) }) })],
  ])("%s", async (_name, reply) => {
    const id = aUrl();
    const outcome = await ask(id, aNetwork(reply(id)).source);
    expect(outcome).toMatchObject({ kind: "local", refusal: { error: "invalid_client", description: expect.stringMatching(/^this app is not known here/) } });
  });

  test("OA-21: a network failure too, and it is not remembered", async () => {
    const id = aUrl();
    const down = aNetwork(() => Promise.reject(new Error("refused")));
    expect(await ask(id, down.source)).toMatchObject({ kind: "local", refusal: { error: "invalid_client" } });
    expect(await ask(id, aNetwork({ body: aDocument(id) }).source)).toMatchObject({ kind: "consent" });
  });

  test("OA-21: a failure takes as long as the slowest would", async () => {
    const { source } = aNetwork({ status: 500 });
    const started = performance.now();
    await ask(aUrl(), { ...source, levelMs: 120 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(118);
  });
});

describe("an address that cannot be a document is never fetched (OA-20)", () => {
  test.each([
    "http://app.test/client.json",
    "https://app.test",
    "https://app.test/",
    "https://app.test/#x",
    "https://app.test/c#x",
    "https://u@app.test/c",
    "https://app.test/a/../c",
    "https://app.test/./c",
    "https://app.test/%2e%2e/c",
    "https://app.test/c\\d",
    "https:///c",
    "https://app.test:99999/c",
    "https://APP.test/c",
    "https://app.test/a b",
    "ftp://app.test/c",
  ])("%s", async (id) => {
    const { source, asked } = aNetwork({ body: aDocument(id) });
    expect(await ask(id, source)).toMatchObject({ kind: "local" });
    expect(asked).toEqual([]);
  });

  test("nor is any when the operator has switched documents off", async () => {
    const id = aUrl();
    const { source, asked } = aNetwork({ body: aDocument(id) });
    expect(await ask(id, { ...source, documents: "off" })).toMatchObject({ kind: "local" });
    expect(asked).toEqual([]);
  });

  test.each([
    ["https://claude.test/oauth/client", true],
    ["https://auth.claude.test/oauth/client", true],
    ["https://notclaude.test/oauth/client", false],
    ["https://claude.test.evil.test/oauth/client", false],
  ])("where the operator lists domains, %s counts: %s", async (id, counts) => {
    const { source, asked } = aNetwork({ body: aDocument(id) });
    const outcome = await ask(id, { ...source, documents: ["claude.test"] });
    expect([outcome.kind === "local", asked]).toEqual([!counts, counts ? [id] : []]);
  });
});

describe("documents are kept, as long as they say within five minutes and a day (OA-21)", () => {
  const later = (seconds: number) => new Date(Date.now() + seconds * 1_000);

  // biome-ignore format: a table reads best as a table
  test.each<[string, string | undefined, number, number]>([
    ["no word of it",     undefined,            299,    301],
    ["less than allowed", "max-age=1",          299,    301],
    ["never",             "no-store",           299,    301],
    ["an hour",           "public, max-age=3600", 3_599, 3_601],
    ["more than allowed", "max-age=99999999",   86_399, 86_401],
  ])("%s", async (_name, cacheControl, fresh, stale) => {
    const id = aUrl();
    const headers: Record<string, string> = { "content-type": "application/json", ...(cacheControl ? { "cache-control": cacheControl } : {}) };
    const { source, asked } = aNetwork({ headers, body: aDocument(id) });
    const now = new Date();
    await ask(id, source, { now });
    await ask(id, source, { now: new Date(now.getTime() + fresh * 1_000) });
    expect(asked).toHaveLength(1);
    await ask(id, source, { now: new Date(now.getTime() + stale * 1_000) });
    expect(asked).toHaveLength(2);
  });

  test("a document that has changed its redirect URIs counts once it is fetched again", async () => {
    const id = aUrl();
    await ask(id, aNetwork({ body: aDocument(id) }).source);
    const moved = aNetwork({ body: aDocument(id, { redirect_uris: ["https://app.test/new"] }) });
    expect(await ask(id, moved.source, { now: later(301) })).toMatchObject({ kind: "local", refusal: { error: "invalid_redirect_uri" } });
  });

  test("OA-21: requests at once share one fetch", async () => {
    const id = aUrl();
    const { source, asked } = aNetwork({ body: aDocument(id) });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => ask(id, source, { ip: "192.0.2.7" })));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(Array(10).fill("consent"));
    expect(asked).toEqual([id]);
  });

  test("OA-21: one network cannot make us fetch without end, and its refusals are nobody else's", async () => {
    const { source, asked } = aNetwork({ status: 404 });
    for (let i = 0; i < 65; i++) await ask(aUrl(), source, { ip: "192.0.2.99" });
    expect(asked).toHaveLength(60);
    const id = aUrl();
    const { source: sound } = aNetwork({ body: aDocument(id) });
    const [refused, welcome] = await Promise.all([ask(id, { ...sound, levelMs: 100 }, { ip: "192.0.2.99" }), ask(id, sound)]);
    expect([refused.kind, welcome.kind]).toEqual(["local", "consent"]);
  });
});
