import { auth, type OAuthClientProvider } from "@modelcontextprotocol/client";
import * as oauth from "oauth4webapi";
import { beforeAll, expect, test } from "vitest";
import type { Database } from "@/lib/db/types";
import { findGrant } from "@/lib/oauth/bearer";
import { testDatabase } from "../support/database";
import { allow, aPortalFor, frontDoorFetch, signedIn } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

test("oauth4webapi finds the documents, registers, gets a code, tokens, a refresh, and revokes", async () => {
  const { resource, person, portal } = await aPortalFor(db);
  const options = { [oauth.customFetch]: door, [oauth.allowInsecureRequests]: true } as const;
  const address = new URL(resource);
  const described = await oauth.processResourceDiscoveryResponse(address, await oauth.resourceDiscoveryRequest(address, options));
  expect(described.resource).toBe(resource);
  const issuer = new URL(described.authorization_servers?.[0] ?? "");
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" }));
  expect(server.code_challenge_methods_supported).toEqual(["S256"]);

  const redirectUri = "http://localhost:8123/callback";
  const registration = await oauth.dynamicClientRegistrationRequest(
    server,
    { client_name: "A client", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" },
    options,
  );
  const client = await oauth.processDynamicClientRegistrationResponse(registration);

  const verifier = oauth.generateRandomCodeVerifier();
  const authorization = new URL(server.authorization_endpoint ?? "");
  const wanted = {
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUri,
    resource,
    scope: "mcp",
    state: "s-1",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(wanted)) authorization.searchParams.set(name, value);
  const back = oauth.validateAuthResponse(server, client, await allow(db, door, authorization, signedIn(db, person)), "s-1");

  const additional = { ...options, additionalParameters: { resource } };
  const exchange = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), back, redirectUri, verifier, additional);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, exchange);
  expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3600, scope: "mcp" });
  expect(await findGrant(db, tokens.access_token, new Date())).toMatchObject({ personId: person.id, portalId: portal.id, resource, clientName: "A client" });

  const refreshing = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token ?? "", additional);
  const fresh = await oauth.processRefreshTokenResponse(server, client, refreshing);
  expect(fresh.refresh_token).not.toBe(tokens.refresh_token);
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, oauth.None(), fresh.refresh_token ?? "", options));
  expect(await findGrant(db, fresh.access_token, new Date())).toBeNull();
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
