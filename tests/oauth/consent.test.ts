import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, blocks, grants, people, policies, portals } from "@/drizzle/schema";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { loadConsent } from "@/lib/oauth/consent";
import { decideConsent } from "@/lib/oauth/decide";
import { isSameOrigin } from "@/lib/oauth/same-origin";
import { testDatabase } from "../support/database";
import { aClient, anAssignment, aPerson, aServer } from "../support/factories";
import { aPortalFor, authorizeUrl, browse, frontDoorFetch, pkce, signedIn } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

const later = (seconds: number) => new Date(Date.now() + seconds * 1_000);

/** Somebody in front of the consent page of a request that passed every check. */
async function aVisit(redirectUris = ["http://127.0.0.1/callback"], domain?: string) {
  const scene = await aPortalFor(db, domain);
  const client = await aClient(db, { name: "Some app", redirectUris });
  const { token, browser } = await browse(door, authorizeUrl(client.id, scene.resource, pkce().challenge, { redirect_uri: redirectUris[0] }));
  const visit = { token: token ?? "", browser, person: signedIn(db, scene.person) };
  return { ...scene, client, visit };
}

async function csrfOf(visit: { token: string; browser: string | null; person: PersonContext }): Promise<string> {
  const consent = await loadConsent(db, visit, new Date());
  return "csrf" in consent ? consent.csrf : "";
}

describe("the page", () => {
  test("OA-22: names who, which app, where to, which portal and which servers", async () => {
    const { visit, org, portal, person, resource } = await aVisit();
    const [open, closed] = [await aServer(db, org.id, { name: "Jira" }), await aServer(db, org.id, { name: "Payroll", access: "policies" })];
    await anAssignment(db, org.id, portal.id, open.id);
    await anAssignment(db, org.id, portal.id, closed.id, [], { position: 1 });
    expect(await loadConsent(db, visit, new Date())).toMatchObject({
      kind: "ask",
      email: person.email,
      request: {
        clientName: "Some app",
        documentHost: null,
        redirectHost: "127.0.0.1",
        loopbackOnly: true,
        portal: { name: "Engineering", orgName: "Acme", contact: "it@acme.test", address: resource },
      },
      servers: [{ name: "Jira" }],
    });
  });

  test("OA-22: a client with a web address is not loopback-only", async () => {
    const { visit } = await aVisit(["https://app.test/cb", "http://127.0.0.1/callback"]);
    expect(await loadConsent(db, visit, new Date())).toMatchObject({ request: { redirectHost: "app.test", loopbackOnly: false } });
  });

  test("asks a stranger to sign in", async () => {
    const { visit } = await aVisit();
    expect(await loadConsent(db, { ...visit, person: null }, new Date())).toEqual({ kind: "sign_in" });
  });

  test("a person outside the policy is told whom to ask, and that is on record once", async () => {
    const { visit, org, portal } = await aVisit(undefined, "elsewhere.test");
    for (let i = 0; i < 2; i++) {
      expect(await loadConsent(db, visit, new Date())).toMatchObject({ kind: "refused", request: { portal: { contact: "it@acme.test" } } });
    }
    const events = await db
      .select()
      .from(accessEvents)
      .where(and(eq(accessEvents.orgId, org.id), eq(accessEvents.kind, "authorization_refused")));
    expect(events).toMatchObject([{ reason: "portal", portalId: portal.id, email: visit.person.person.email, outcome: "refused" }]);
  });

  test("OA-25: an unconfirmed address comes first", async () => {
    const { visit, person } = await aVisit();
    await db.update(people).set({ emailVerifiedAt: null }).where(eq(people.id, person.id));
    expect(await loadConsent(db, visit, new Date())).toMatchObject({ kind: "unverified" });
  });

  test("a blocked person and a portal that is off refuse", async () => {
    const blocked = await aVisit();
    await db.insert(blocks).values({ id: newId("blk"), orgId: blocked.org.id, email: blocked.person.email, createdBy: "x" });
    expect(await loadConsent(db, blocked.visit, new Date())).toMatchObject({ kind: "refused" });
    const off = await aVisit();
    await db.update(portals).set({ enabled: false }).where(eq(portals.id, off.portal.id));
    expect(await loadConsent(db, off.visit, new Date())).toMatchObject({ kind: "refused" });
  });

  test.each<[string, (visit: { token: string; browser: string | null }) => object, number, string]>([
    ["an unknown request", () => ({ token: "ghz_x" }), 0, "unknown"],
    ["OA-24 another browser", () => ({ browser: `ghb_${"a".repeat(43)}` }), 0, "other_browser"],
    ["OA-24 a browser without the cookie", () => ({ browser: null }), 0, "other_browser"],
    ["OA-24 ten minutes later", () => ({}), 601, "expired"],
  ])("%s is gone", async (_name, otherwise, seconds, why) => {
    const { visit } = await aVisit();
    expect(await loadConsent(db, { ...visit, ...otherwise(visit) }, later(seconds))).toEqual({ kind: "gone", why, reference: expect.stringMatching(/^ref_/) });
  });
});

describe("the decision", () => {
  test("OA-09: allow: a code, the state and iss go to the app", async () => {
    const { visit, org } = await aVisit();
    const outcome = await decideConsent(db, { ...visit, csrf: await csrfOf(visit), decision: "allow" }, new Date());
    const back = new URL(outcome.kind === "redirect" ? outcome.location : "");
    expect(Object.fromEntries(back.searchParams)).toEqual({ code: expect.stringMatching(/^ghc_.{43}$/), state: "the-state", iss: "http://localhost:3000" });
    const events = await db.select({ kind: accessEvents.kind }).from(accessEvents).where(eq(accessEvents.orgId, org.id));
    expect(events).toEqual([{ kind: "authorization_asked" }, { kind: "consent" }]);
  });

  test("OA-09: cancel: access_denied, the state and iss go to the app; nothing is granted", async () => {
    const { visit, org } = await aVisit();
    const outcome = await decideConsent(db, { ...visit, csrf: await csrfOf(visit), decision: "cancel" }, new Date());
    const back = new URL(outcome.kind === "redirect" ? outcome.location : "");
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: "access_denied", state: "the-state", iss: "http://localhost:3000" });
    expect(await db.select().from(grants).where(eq(grants.orgId, org.id))).toEqual([]);
  });

  test("a refused person can only go back", async () => {
    const { visit } = await aVisit(undefined, "elsewhere.test");
    const csrf = await csrfOf(visit);
    expect(await decideConsent(db, { ...visit, csrf, decision: "allow" }, new Date())).toEqual({ kind: "page" });
    expect(await decideConsent(db, { ...visit, csrf, decision: "cancel" }, new Date())).toMatchObject({ kind: "redirect" });
  });

  test("OA-29: a policy that changes between page and click counts", async () => {
    const { visit, policy, org } = await aVisit();
    const csrf = await csrfOf(visit);
    await db.update(policies).set({ action: "block" }).where(eq(policies.id, policy.id));
    expect(await decideConsent(db, { ...visit, csrf, decision: "allow" }, new Date())).toEqual({ kind: "page" });
    expect(await db.select().from(grants).where(eq(grants.orgId, org.id))).toEqual([]);
  });

  test("OA-24: fifty clicks at once give one code", async () => {
    const { visit, org } = await aVisit();
    const csrf = await csrfOf(visit);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => decideConsent(db, { ...visit, csrf, decision: "allow" }, new Date())));
    expect(outcomes.filter((outcome) => outcome.kind === "redirect")).toHaveLength(1);
    expect(await db.select().from(grants).where(eq(grants.orgId, org.id))).toHaveLength(1);
  });

  test("OA-24: a token of another session, person or request is forged", async () => {
    const { visit } = await aVisit();
    const other = await aVisit();
    const csrf = await csrfOf(visit);
    const somebody = signedIn(db, await aPerson(db));
    const forged = { kind: "forged", reference: expect.stringMatching(/^ref_/) };
    const decide = (form: object) => decideConsent(db, { ...visit, csrf, decision: "allow", ...form }, new Date());
    expect(await decide({ csrf: "" })).toEqual(forged);
    expect(await decide({ csrf: await csrfOf(other.visit) })).toEqual(forged);
    expect(await decide({ person: somebody })).toEqual(forged);
    expect(await decide({ person: { ...visit.person, sessionId: "ses_other" } })).toEqual(forged);
    expect(await decide({ person: null })).toEqual({ kind: "page" });
    expect(await decide({ browser: other.visit.browser })).toEqual({ kind: "page" });
    expect(await decide({})).toMatchObject({ kind: "redirect" });
  });

  test("OA-23: each time is asked anew, also for an app that was allowed before", async () => {
    const { visit, client, resource } = await aVisit();
    await decideConsent(db, { ...visit, csrf: await csrfOf(visit), decision: "allow" }, new Date());
    expect(await loadConsent(db, visit, new Date())).toMatchObject({ kind: "gone", why: "used" });
    const again = await browse(door, authorizeUrl(client.id, resource, pkce().challenge));
    expect(await loadConsent(db, { ...visit, token: again.token ?? "", browser: again.browser }, new Date())).toMatchObject({ kind: "ask" });
  });
});

test("an abandoned consent leaves no grant behind in the lists", async () => {
  const { visit, org } = await aVisit();
  await decideConsent(db, { ...visit, csrf: await csrfOf(visit), decision: "allow" }, new Date());
  const [grant] = await db.select().from(grants).where(eq(grants.orgId, org.id));
  expect(grant?.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
});

// biome-ignore format: a table reads best as a table
test.each<[string, Record<string, string>, boolean]>([
  ["our own page",                                      { origin: "http://localhost:3000" }, true],
  ["our own page under no-referrer",                    { origin: "null", "sec-fetch-site": "same-origin" }, true],
  ["another site",                                      { origin: "https://evil.test" }, false],
  ["another site that claims to be same-origin",        { origin: "https://evil.test", "sec-fetch-site": "same-origin" }, false],
  ["another port",                                      { origin: "http://localhost:3001" }, false],
  ["a sandboxed frame",                                 { origin: "null", "sec-fetch-site": "cross-site" }, false],
  ["nobody knows where",                                {}, false],
])("UI-03: a form from %s", (_name, headers, ours) => {
  expect(isSameOrigin(new Headers(headers))).toBe(ours);
});
