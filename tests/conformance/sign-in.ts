import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { Browser } from "./browser";

export type Person = { email: string; password: string };

/** Opens an authorization URL as this person, who signs in and allows; the address the client is sent to. */
export async function allow(issuer: string, person: Person, authorizationUrl: string): Promise<URL> {
  const browser = new Browser(issuer);
  let page = await browser.open(authorizationUrl);
  if (page.html.includes('name="password"')) page = await browser.submit(page, "password", person);
  const answered = await browser.submit(page, "decision", { decision: "allow" });
  if (answered.url.origin === issuer) throw new Error(`consent ended at ${answered.url.pathname}: ${words(answered.html)}`);
  return answered.url;
}

/** Registers a public client that comes back to this address. */
export async function registerClient(issuer: string, redirectUri: string): Promise<string> {
  const body = JSON.stringify({ client_name: "Conformance suite", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" });
  const response = await fetch(`${issuer}/oauth/register`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return z.object({ client_id: z.string() }).parse(await response.json()).client_id;
}

/** An access token for a portal, by registration, authorization code and PKCE like any client. */
export async function accessToken(issuer: string, person: Person, resource: string): Promise<string> {
  const clientId = await registerClient(issuer, redirectUri);
  const grant = await authorizationCode(issuer, person, clientId, resource);
  const response = await fetch(`${issuer}/oauth/token`, { method: "POST", body: new URLSearchParams(grant) });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}

/** Where the clients here come back to; nobody listens there, the address is read. */
export const redirectUri = "http://127.0.0.1:9/callback";

/** What redeems a code that this person has just allowed the client. */
export async function authorizationCode(issuer: string, person: Person, clientId: string, resource: string): Promise<Record<string, string>> {
  const verifier = randomBytes(32).toString("base64url");
  const authorization = new URL(`${issuer}/oauth/authorize`);
  authorization.search = new URLSearchParams({
    ...{ response_type: "code", client_id: clientId, redirect_uri: redirectUri, resource, state: "conformance" },
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  const back = await allow(issuer, person, authorization.href);
  const code = back.searchParams.get("code");
  if (!code) throw new Error(`no code came back: ${back.search}`);
  return { grant_type: "authorization_code", code, client_id: clientId, redirect_uri: redirectUri, code_verifier: verifier, resource };
}

export const words = (html: string) =>
  html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .slice(0, 300);
