import { auth, type OAuthClientProvider } from "@modelcontextprotocol/client";
import * as oauth from "oauth4webapi";
import { beforeAll, expect, test } from "vitest";
import type { Database } from "@/lib/db/types";
import { anEchoPortal, legacyHeaders, message, mountsOf } from "../mcp/harness";
import { testDatabase } from "../support/database";
import { findGrant } from "../support/live-grant";
import { allow, aPortalFor, frontDoorFetch, signedIn } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

/** A portal that answers calls, and the front door before it: the whole origin as a `fetch`. */
async function anOrigin() {
  const live = await anEchoPortal(db);
  const portal = (await mountsOf(live)).find((mount) => mount.name === "route handler");
  const origin = (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    return new URL(request.url).pathname.startsWith("/mcp/") && portal ? portal.fetch(request) : door(request);
  };
  return { ...live, options: { [oauth.customFetch]: origin, [oauth.allowInsecureRequests]: true } as const };
}

type Options = Awaited<ReturnType<typeof anOrigin>>["options"];

/** What the client learns from the refusal of a portal of which it knows the address alone. */
async function discover(resource: string, options: Options) {
  const address = new URL(resource);
  const refused = await asked(address, "none", options).catch((error: unknown) => error);
  if (!(refused instanceof oauth.WWWAuthenticateChallengeError)) throw new Error("the portal did not challenge");
  const [challenge] = refused.cause;
  expect([refused.status, challenge?.scheme, challenge?.parameters.scope]).toEqual([401, "bearer", "mcp"]);
  const response = await oauth.resourceDiscoveryRequest(address, options);
  // The library derives the document's address from the portal's; a client that believes the challenge has to end there as well.
  expect(challenge?.parameters.resource_metadata).toBe(`${address.origin}/.well-known/oauth-protected-resource${address.pathname}`);
  const described = await oauth.processResourceDiscoveryResponse(address, response);
  const issuer = new URL(described.authorization_servers?.[0] ?? "");
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" }));
}

function asked(address: URL, token: string, options: Options): Promise<Response> {
  const { authorization: _, ...headers } = legacyHeaders("");
  const call = (url: string, { method, headers }: { method: string; headers: Record<string, string> }) =>
    options[oauth.customFetch](url, { method, headers, body: message("tools/list") });
  return oauth.protectedResourceRequest(token, "POST", address, new Headers(headers), undefined, { ...options, [oauth.customFetch]: call });
}

// biome-ignore format: a table reads best as a table
test.each<[string, (secret: string) => oauth.ClientAuth]>([
  ["none",                oauth.None],
  ["client_secret_basic", oauth.ClientSecretBasic],
  ["client_secret_post",  oauth.ClientSecretPost],
])("oauth4webapi as a client with %s finds everything from the 401, registers, signs in, calls, refreshes and revokes", async (method, authBy) => {
  const { resource, person, portal, options } = await anOrigin();
  const server = await discover(resource, options);
  expect(server.code_challenge_methods_supported).toEqual(["S256"]);
  expect(server.token_endpoint_auth_methods_supported).toContain(method);

  const redirectUri = "http://localhost:8123/callback";
  const wish = { client_name: "A client", redirect_uris: [redirectUri], token_endpoint_auth_method: method };
  const client = await oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(server, wish, options));
  const auth = authBy(String(client.client_secret));

  const verifier = oauth.generateRandomCodeVerifier();
  const authorization = new URL(server.authorization_endpoint ?? "");
  authorization.search = new URLSearchParams({
    ...{ response_type: "code", client_id: client.client_id, redirect_uri: redirectUri, resource, scope: "mcp", state: "s-1" },
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }).toString();
  const answer = await allow(db, door, authorization, signedIn(db, person));
  const back = oauth.validateAuthResponse(server, client, answer, "s-1");
  answer.searchParams.set("iss", "https://another.test");
  expect(() => oauth.validateAuthResponse(server, client, answer, "s-1")).toThrow(/"iss"/);

  const additional = { ...options, additionalParameters: { resource } };
  const exchange = await oauth.authorizationCodeGrantRequest(server, client, auth, back, redirectUri, verifier, additional);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, exchange);
  expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3600, scope: "mcp" });
  expect(await findGrant(db, tokens.access_token, new Date())).toMatchObject({ personId: person.id, portalId: portal.id, resource, clientName: "A client" });
  expect((await asked(new URL(resource), tokens.access_token, options)).status).toBe(200);

  const refreshing = await oauth.refreshTokenGrantRequest(server, client, auth, tokens.refresh_token ?? "", additional);
  const fresh = await oauth.processRefreshTokenResponse(server, client, refreshing);
  expect(fresh.refresh_token).not.toBe(tokens.refresh_token);
  expect((await asked(new URL(resource), fresh.access_token, options)).status).toBe(200);
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, fresh.refresh_token ?? "", options));
  for (const token of [tokens, fresh]) {
    await expect(asked(new URL(resource), token.access_token, options)).rejects.toThrow(oauth.WWWAuthenticateChallengeError);
  }
});

test("the MCP SDK's own client signs in from nothing but the portal's URL, and refreshes", async () => {
  const { resource, person } = await aPortalFor(db);
  const held = aProvider();
  const options = { serverUrl: resource, fetchFn: (url: string | URL, init?: RequestInit) => door(url, init) };
  expect(await auth(held.provider, options)).toBe("REDIRECT");
  const back = await allow(db, door, held.opened(), signedIn(db, person));
  const { code, iss } = Object.fromEntries(back.searchParams);
  expect(await auth(held.provider, { ...options, authorizationCode: code, iss })).toBe("AUTHORIZED");
  const first = held.accessToken();
  expect(await findGrant(db, first, new Date())).toMatchObject({ personId: person.id, resource });
  expect(await auth(held.provider, options)).toBe("AUTHORIZED");
  expect(held.accessToken()).not.toBe(first);
});

function aProvider() {
  let client: unknown;
  let tokens: { access_token: string } | undefined;
  let verifier = "";
  let opened: URL | undefined;
  const provider = {
    redirectUrl: "http://localhost:3118/callback",
    clientMetadata: { client_name: "SDK client", redirect_uris: ["http://localhost:3118/callback"], token_endpoint_auth_method: "none" },
    clientInformation: () => client,
    saveClientInformation: (saved: unknown) => {
      client = saved;
    },
    tokens: () => tokens,
    saveTokens: (saved: { access_token: string }) => {
      tokens = saved;
    },
    redirectToAuthorization: (url: URL) => {
      opened = url;
    },
    saveCodeVerifier: (saved: string) => {
      verifier = saved;
    },
    codeVerifier: () => verifier,
  } as unknown as OAuthClientProvider; // It keeps what the SDK hands it, whose exact types do not matter here.
  return { provider, opened: () => opened ?? "", accessToken: () => tokens?.access_token ?? "" };
}
