import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test, vi } from "vitest";
import * as callbackRoute from "@/app/oauth/upstream/callback/route";
import { accessEvents, authorizations, grants } from "@/drizzle/schema";
import { listAccessEvents } from "@/lib/activity/queries";
import { isReference, newReference } from "@/lib/ids";
import type { Database } from "@/lib/db/types";
import { loadConsent } from "@/lib/oauth/consent";
import { decideConsent } from "@/lib/oauth/decide";
import { testDatabase } from "../support/database";
import { aClient } from "../support/factories";
import { aCode, allow, aPair, aPortalFor, authorizeUrl, browse, frontDoorFetch, pkce, postForm, signedIn } from "./front-door";

// No browser stands before the callback in this test.
vi.mock("next/headers", () => ({ cookies: async () => ({ get: () => undefined }), headers: async () => new Headers() }));

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;
beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

/** What the operator reads while the work runs: its lines about sign-ins. */
async function linesDuring(work: () => Promise<unknown>): Promise<{ reference: string; step: string; outcome: string; reason?: string }[]> {
  const lines: string[] = [];
  const keep = (text: string | Uint8Array) => lines.push(String(text)) > 0;
  const streams = [vi.spyOn(process.stdout, "write").mockImplementation(keep), vi.spyOn(process.stderr, "write").mockImplementation(keep)];
  await work().finally(() => {
    for (const stream of streams) stream.mockRestore();
  });
  return lines.filter((line) => line.includes('"sign_in_step"')).map((line) => JSON.parse(line));
}

const eventsOf = async (reference: string) =>
  (await db.select({ kind: accessEvents.kind }).from(accessEvents).where(eq(accessEvents.correlationId, reference)).orderBy(accessEvents.id)).map(
    ({ kind }) => kind,
  );

const referenceIn = (text: string | null | undefined) => /ref_[0-9a-z]{10}/.exec(text ?? "")?.[0] ?? "none";

test("a reference is short, has no look-alike letters, and is never the same", () => {
  const made = Array.from({ length: 1_000 }, newReference);
  expect(new Set(made).size).toBe(1_000);
  for (const reference of made) expect(reference).toMatch(/^ref_[0-9abcdefghjkmnpqrstvwxyz]{10}$/);
});

describe("one sign-in has one reference, from the first step to the last (LG-01)", () => {
  test("asked, allowed, redeemed, refreshed, revoked: on record and in the operator's log", async () => {
    const scene = await aPortalFor(db);
    const client = await aClient(db);
    const { verifier, challenge } = pkce();
    const form = { client_id: client.id, redirect_uri: "http://127.0.0.1/callback" };
    const lines = await linesDuring(async () => {
      const back = await allow(db, door, authorizeUrl(client.id, scene.resource, challenge), signedIn(db, scene.person));
      const code = { grant_type: "authorization_code", code: back.searchParams.get("code") ?? "", code_verifier: verifier, ...form };
      const pair = await (await postForm(door, "/oauth/token", code)).json();
      const next = await (await postForm(door, "/oauth/token", { grant_type: "refresh_token", refresh_token: pair.refresh_token, ...form })).json();
      await postForm(door, "/oauth/revoke", { token: next.refresh_token, ...form });
    });
    const [grant] = await db.select().from(grants).where(eq(grants.clientId, client.id));
    const reference = grant?.correlationId ?? "";
    expect(isReference(reference)).toBe(true);
    expect(await eventsOf(reference)).toEqual(["authorization_asked", "consent", "token_issued", "grant_revoked"]);
    expect(lines.map(({ step, outcome, reference: of }) => [of, step, outcome])).toEqual(
      ["authorize", "consent", "token", "token", "revoke"].map((step) => [reference, step, "ok"]),
    );
    const found = await listAccessEvents(scene.ctx, { q: reference.toUpperCase() });
    expect(found.rows.map(({ kind }) => kind)).toEqual(["grant_revoked", "token_issued", "consent", "authorization_asked"]);
    expect(found.rows.every(({ correlationId }) => correlationId === reference)).toBe(true);
  });

  test("another organization's reference finds nothing", async () => {
    const { org } = await aCode(db, door);
    const [grant] = await db.select().from(grants).where(eq(grants.orgId, org.id));
    const stranger = await aPortalFor(db);
    expect((await listAccessEvents(stranger.ctx, { q: grant?.correlationId ?? "" })).rows).toEqual([]);
  });

  test("a code used twice and a spent refresh token belong to the sign-in that they came from", async () => {
    const { form, org } = await aCode(db, door);
    const [grant] = await db.select().from(grants).where(eq(grants.orgId, org.id));
    await postForm(door, "/oauth/token", form);
    const again = await (await postForm(door, "/oauth/token", form)).json();
    expect(referenceIn(again.error_description)).toBe(grant?.correlationId);
    expect(await eventsOf(grant?.correlationId ?? "")).toContain("code_replay");
  });

  test("what the consent page refuses, and a request that has ended there, carry the reference of the request", async () => {
    const scene = await aPortalFor(db, "elsewhere.test");
    const client = await aClient(db);
    const { token, browser } = await browse(door, authorizeUrl(client.id, scene.resource, pkce().challenge));
    const [waiting] = await db.select().from(authorizations).where(eq(authorizations.clientId, client.id));
    const reference = waiting?.correlationId ?? "none";
    const visit = { token: token ?? "", browser, person: signedIn(db, scene.person) };
    const refused = await loadConsent(db, visit, new Date());
    expect(refused).toMatchObject({ kind: "refused", reference });
    expect(await eventsOf(reference)).toEqual(["authorization_asked", "authorization_refused"]);
    expect(await loadConsent(db, { ...visit, browser: null }, new Date())).toMatchObject({ kind: "gone", why: "other_browser", reference });
    expect(await loadConsent(db, visit, new Date(Date.now() + 601_000))).toMatchObject({ kind: "gone", why: "expired", reference });
    expect(await decideConsent(db, { ...visit, csrf: "no", decision: "allow" }, new Date())).toEqual({ kind: "forged", reference });
    const declined = await decideConsent(db, { ...visit, csrf: refused.kind === "refused" ? refused.csrf : "", decision: "cancel" }, new Date());
    expect(referenceIn(declined.kind === "redirect" ? declined.location : "")).toBe(reference);
  });
});

describe("who is refused is told a reference, and the operator has it", () => {
  test("on the page that says why an app cannot be connected, with a button that copies it", async () => {
    const { challenge } = pkce();
    let html = "";
    let policy = "";
    const lines = await linesDuring(async () => {
      const response = await door(authorizeUrl("cli_00000000000000000000000000", (await aPortalFor(db)).resource, challenge));
      [html, policy] = [await response.text(), response.headers.get("content-security-policy") ?? ""];
    });
    expect(html).toMatch(/If you ask for help, give this reference: <code>ref_/);
    expect(html).toContain("<button");
    expect(policy).toMatch(/script-src 'sha256-[^' ]+';/);
    expect(lines).toMatchObject([{ reference: referenceIn(html), step: "authorize", outcome: "refused", reason: "invalid_client" }]);
  });

  test("in the error that an app gets, within the characters of RFC 6749", async () => {
    const { resource, org } = await aPortalFor(db);
    const client = await aClient(db);
    const response = await door(authorizeUrl(client.id, resource, pkce().challenge, { code_challenge_method: "plain" }));
    const description = new URL(response.headers.get("location") ?? "").searchParams.get("error_description");
    expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(await eventsOf(referenceIn(description))).toEqual(["authorization_refused"]);
    const [event] = await db.select().from(accessEvents).where(eq(accessEvents.orgId, org.id));
    expect(event?.correlationId).toBe(referenceIn(description));
  });

  test.each<[string, string, () => Promise<Response>]>([
    ["registration", "register", () => door("http://localhost:3000/oauth/register", { method: "POST", body: "no" })],
    ["a token request of nobody", "token", () => postForm(door, "/oauth/token", { grant_type: "authorization_code", client_id: "cli_x" })],
    ["a revocation of nobody", "revoke", () => postForm(door, "/oauth/revoke", { client_id: "cli_x", token: "t" })],
  ])("%s: one for the request, in the JSON of the RFC", async (_name, step, ask) => {
    let body: Record<string, string> = {};
    const lines = await linesDuring(async () => {
      body = await (await ask()).json();
    });
    expect(Object.keys(body)).toEqual(["error", "error_description"]);
    expect(lines).toMatchObject([{ reference: referenceIn(body.error_description), step, outcome: "refused", reason: body.error }]);
  });

  test("a refresh that is refused names its sign-in", async () => {
    const { pair, client, org } = await aPair(db, door);
    const form = { grant_type: "refresh_token", refresh_token: pair.refresh_token, client_id: client.id, resource: "https://other.test/mcp" };
    const body = await (await postForm(door, "/oauth/token", form)).json();
    const [grant] = await db.select().from(grants).where(eq(grants.orgId, org.id));
    expect(body.error).toBe("invalid_target");
    expect(referenceIn(body.error_description)).toBe(grant?.correlationId);
  });

  test("who comes back from a provider and is signed in no more", async () => {
    let html = "";
    const lines = await linesDuring(async () => {
      html = await (await callbackRoute.GET(new Request("http://localhost:3000/oauth/upstream/callback?state=x"))).text();
    });
    expect(lines).toMatchObject([{ reference: referenceIn(html), step: "callback", outcome: "refused" }]);
  });
});
