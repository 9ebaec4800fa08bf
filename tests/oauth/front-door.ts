import { createHash, randomBytes } from "node:crypto";
import * as metadataRoute from "@/app/.well-known/oauth-authorization-server/[[...path]]/route";
import * as resourceRoute from "@/app/.well-known/oauth-protected-resource/[[...path]]/route";
import * as openidRoute from "@/app/.well-known/openid-configuration/[[...path]]/route";
import * as authorizeRoute from "@/app/oauth/authorize/route";
import * as registerRoute from "@/app/oauth/register/route";
import * as revokeRoute from "@/app/oauth/revoke/route";
import * as tokenRoute from "@/app/oauth/token/route";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { readBrowserCookie } from "@/lib/oauth/browser-cookie";
import { loadConsent } from "@/lib/oauth/consent";
import { decideConsent } from "@/lib/oauth/decide";
import { portalResource } from "@/lib/oauth/urls";
import { forget, singleton } from "@/lib/singleton";
import { aClient, anOrg, aPerson, aPolicy, aPortal, attachToPortal } from "../support/factories";

/** The front door's own route handlers as a `fetch`, on the test's database. A client library cannot tell it from a server. */
export function frontDoorFetch(db: Database): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  forget("database");
  singleton("database", async () => ({ db, door: "pglite", close: async () => {} }));
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const found = routes.find(([prefix]) => pathname === prefix || pathname.startsWith(`${prefix}/`));
    const handler = found?.[1][methodOf(request)];
    if (!found || !handler) return new Response("not found", { status: 404 });
    const path = pathname.slice(found[0].length).split("/").filter(Boolean);
    return handler(request, { params: Promise.resolve(path.length > 0 ? { path } : {}) });
  };
}

type Handler = (request: Request, context: { params: Promise<{ path?: string[] }> }) => Response | Promise<Response>;

type Route = { GET?: Handler; POST?: Handler; OPTIONS?: Handler };

const methodOf = ({ method }: Request) => (method === "POST" || method === "OPTIONS" ? method : "GET");

const routes: [string, Route][] = [
  ["/.well-known/oauth-authorization-server", metadataRoute],
  ["/.well-known/openid-configuration", openidRoute],
  ["/.well-known/oauth-protected-resource", resourceRoute],
  ["/oauth/authorize", authorizeRoute],
  ["/oauth/register", registerRoute],
  ["/oauth/token", tokenRoute],
  ["/oauth/revoke", revokeRoute],
];

/** A portal that admits everyone with a verified address at acme.test, and somebody who has one. */
export async function aPortalFor(db: Database, domain = "acme.test") {
  const { org, ctx } = await anOrg(db);
  const portal = await aPortal(db, org.id, { name: "Engineering", contact: "it@acme.test" });
  const policy = await aPolicy(db, org.id, [{ kind: "email_domain", domain }]);
  await attachToPortal(db, org.id, portal.id, policy.id);
  const person = await aPerson(db);
  return { org, ctx, portal, policy, person, resource: portalResource(org.slug, portal.slug) };
}

export function signedIn(db: Database, person: { id: string; email: string; name: string; emailVerifiedAt: Date | null }, now = new Date()): PersonContext {
  return {
    db,
    person: { id: person.id, email: person.email, name: person.name, emailVerified: person.emailVerifiedAt !== null },
    sessionId: `ses_${person.id}`,
    request: { ip: "203.0.113.9", userAgent: "Test browser" },
    now,
  };
}

/** A browser that opens an authorization address, stands before the consent page and answers it. */
export async function browse(fetchDoor: ReturnType<typeof frontDoorFetch>, address: string | URL) {
  const response = await fetchDoor(String(address));
  const location = response.headers.get("location");
  const token = location ? new URL(location).searchParams.get("tx") : null;
  return { response, location, token, browser: readBrowserCookie(response.headers.get("set-cookie")) };
}

/** Opens the address as this person and allows; the address that the client gets back. */
export async function allow(db: Database, fetchDoor: ReturnType<typeof frontDoorFetch>, address: string | URL, person: PersonContext): Promise<URL> {
  const { token, browser } = await browse(fetchDoor, address);
  const visit = { token: token ?? "", browser, person };
  const consent = await loadConsent(db, visit, person.now);
  if (consent.kind !== "ask") throw new Error(`the consent page shows ${consent.kind}`);
  const outcome = await decideConsent(db, { ...visit, csrf: consent.csrf, decision: "allow" }, person.now);
  if (outcome.kind !== "redirect") throw new Error(`the decision gave ${outcome.kind}`);
  return new URL(outcome.location);
}

export function pkce() {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** A sound authorization request, with what a test wants otherwise; `undefined` leaves a parameter out. */
export function authorizeUrl(clientId: string, resource: string, challenge: string, otherwise: Record<string, string | undefined> = {}): URL {
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: "http://127.0.0.1/callback",
    resource,
    code_challenge: challenge,
    code_challenge_method: "S256",
    state: "the-state",
    ...otherwise,
  };
  const url = new URL("http://localhost:3000/oauth/authorize");
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

export function postForm(fetchDoor: ReturnType<typeof frontDoorFetch>, path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  return fetchDoor(`http://localhost:3000${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(form).toString(),
  });
}

/** Someone who has allowed a client, and the code that it may redeem. */
export async function aCode(db: Database, fetchDoor: ReturnType<typeof frontDoorFetch>, more: Parameters<typeof aClient>[1] = {}) {
  const scene = await aPortalFor(db);
  const client = await aClient(db, more);
  const { verifier, challenge } = pkce();
  const back = await allow(db, fetchDoor, authorizeUrl(client.id, scene.resource, challenge), signedIn(db, scene.person));
  const form = {
    grant_type: "authorization_code",
    code: back.searchParams.get("code") ?? "",
    client_id: client.id,
    redirect_uri: "http://127.0.0.1/callback",
    code_verifier: verifier,
  };
  return { ...scene, client, back, form };
}

export type Pair = { access_token: string; refresh_token: string; expires_in: number; scope: string; token_type: string };

/** The same, one step on: with the first pair of tokens. */
export async function aPair(db: Database, fetchDoor: ReturnType<typeof frontDoorFetch>) {
  const scene = await aCode(db, fetchDoor);
  const response = await postForm(fetchDoor, "/oauth/token", scene.form);
  if (response.status !== 200) throw new Error(`the token endpoint answered ${response.status}: ${await response.text()}`);
  return { ...scene, pair: (await response.json()) as Pair };
}
