import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type AuthorizationFixture,
  callback,
  metadataOf,
  resourceOf,
  resourcePath,
  serverPath,
  startAuthorizationFixture,
  tokens,
} from "@/tests/support/authorization-fixture";
import { authorizeUpstream } from "./authorize";
import type { Challenge } from "./challenge";
import type { UpstreamConnection } from "./types";

let fixture: AuthorizationFixture;
beforeEach(async () => {
  fixture = await startAuthorizationFixture();
});
afterEach(() => fixture.close());

const start = (more: Partial<UpstreamConnection> = {}, challenge: Challenge | null = null) =>
  authorizeUpstream({ ...fixture.connection, ...more }, { binding: "ana", challenge }, fixture.ports);

async function parametersOf(started: ReturnType<typeof start>): Promise<Record<string, string>> {
  const result = await started;
  if (result.kind !== "redirect") throw new Error(JSON.stringify(result));
  return Object.fromEntries(new URL(result.url).searchParams);
}
const describeIssuer = (more: object) => {
  fixture.documents[serverPath] = { body: metadataOf(fixture.base, more) };
};
const registrations = () => fixture.posted.filter(({ path }) => path === "/register");

describe("leaving for the provider", () => {
  test("carries everything the specification asks for, and keeps its secrets here", async () => {
    const parameters = await parametersOf(start());
    const [pending] = [...fixture.ports.pending.all.values()];
    expect(parameters).toEqual({
      response_type: "code",
      client_id: "registered",
      redirect_uri: callback,
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: createHash("sha256")
        .update(pending?.verifier ?? "")
        .digest("base64url"),
      code_challenge_method: "S256",
      resource: fixture.serverUrl,
      scope: "read",
    });
    expect([...fixture.ports.pending.all.keys()].join()).not.toContain(parameters.state);
    expect(pending).toMatchObject({ issuer: fixture.base, binding: "ana", connection: fixture.connection.key });
  });

  test("every attempt has its own state and verifier", async () => {
    const [one, two] = [await parametersOf(start()), await parametersOf(start())];
    expect(one.state).not.toBe(two.state);
    expect(one.code_challenge).not.toBe(two.code_challenge);
  });

  test("parameters that the endpoint has already are kept", async () => {
    describeIssuer({ authorization_endpoint: `${fixture.base}/authorize?tenant=a` });
    expect(await parametersOf(start())).toMatchObject({ tenant: "a", client_id: "registered" });
  });
});

describe("what is asked for", () => {
  const challenge = (...scopes: string[]) => ({ resourceMetadata: null, scopes, error: null });

  test("the challenge's scopes before the resource's", async () => {
    expect((await parametersOf(start({}, challenge("write")))).scope).toBe("write");
    expect((await parametersOf(start())).scope).toBe("read");
  });

  test("nothing where nobody names a scope", async () => {
    fixture.documents[resourcePath] = { body: resourceOf(fixture.base, { scopes_supported: undefined }) };
    describeIssuer({ scopes_supported: ["offline_access"] });
    expect(await parametersOf(start())).not.toHaveProperty("scope");
  });

  test("offline access only where the issuer knows it", async () => {
    describeIssuer({ scopes_supported: ["read", "offline_access"] });
    expect(await parametersOf(start())).toMatchObject({ scope: "read offline_access", prompt: "consent" });
  });
});

describe("who we are there", () => {
  const adminClient = { issuer: "", clientId: "entered", secret: "s" };

  test("the admin's client comes before the document and the registration", async () => {
    describeIssuer({ client_id_metadata_document_supported: true });
    const entered = { ...adminClient, issuer: fixture.base };
    expect(await parametersOf(start({ adminClient: entered, clientDocumentUrl: "https://gatehouse.test/client.json" }))).toMatchObject({
      client_id: "entered",
    });
    expect(await parametersOf(start({ clientDocumentUrl: "https://gatehouse.test/client.json" }))).toMatchObject({
      client_id: "https://gatehouse.test/client.json",
    });
    expect(registrations()).toEqual([]);
    describeIssuer({});
    expect(await parametersOf(start({ clientDocumentUrl: "https://gatehouse.test/client.json" }))).toMatchObject({ client_id: "registered" });
  });

  test("a client of another issuer is not used, nor is another made in its place", async () => {
    expect(await start({ adminClient: { ...adminClient, issuer: "https://old.test" } })).toMatchObject({ kind: "failed", cause: "issuer_changed" });
    expect(registrations()).toEqual([]);
  });

  test("a registration says what it is for, and is used again at its issuer only", async () => {
    await start();
    await start();
    expect(registrations().map(({ fields }) => fields)).toEqual([
      {
        client_name: "Gatehouse",
        redirect_uris: [callback],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        application_type: "web",
      },
    ]);
    const issuer = `${fixture.base}/new`;
    fixture.documents[resourcePath] = { body: resourceOf(fixture.base, { authorization_servers: [issuer] }) };
    fixture.documents["/.well-known/oauth-authorization-server/new"] = { body: metadataOf(fixture.base, { issuer }) };
    await start();
    expect(registrations()).toHaveLength(2);
  });

  test("a registration without a secret is one of a public client, whatever was asked for", async () => {
    describeIssuer({ token_endpoint_auth_methods_supported: ["client_secret_basic"] });
    fixture.answers["/register"] = () => ({ status: 201, body: { client_id: "a", token_endpoint_auth_method: "client_secret_basic" } });
    await start();
    expect(fixture.connection.store.clients.get(fixture.base)).toMatchObject({ authentication: "none", secret: null });
  });

  test("a registration for another callback, or with a secret that has expired, is made anew", async () => {
    fixture.answers["/register"] = () => ({
      status: 201,
      body: { client_id: "a", client_secret: "s", client_secret_expires_at: fixture.ports.at.getTime() / 1_000 + 60 },
    });
    await start();
    await start({ redirectUri: "http://127.0.0.1:3000/oauth/upstream/callback" });
    expect(registrations().map(({ fields }) => fields.application_type)).toEqual(["web", "native"]);
    fixture.ports.at = new Date(fixture.ports.at.getTime() + 61_000);
    await start({ redirectUri: "http://127.0.0.1:3000/oauth/upstream/callback" });
    expect(registrations()).toHaveLength(3);
  });

  test.each<[string, (f: AuthorizationFixture) => void, string]>([
    [
      "no registration",
      (f) => Object.assign(f.documents, { [serverPath]: { body: metadataOf(f.base, { registration_endpoint: undefined }) } }),
      "no_registration",
    ],
    ["a refusal", (f) => Object.assign(f.answers, { "/register": () => ({ status: 400, body: { error: "invalid_redirect_uri" } }) }), "registration_refused"],
    ["nonsense", (f) => Object.assign(f.answers, { "/register": () => ({ status: 201, body: "[]" }) }), "registration_refused"],
    ["a broken issuer", (f) => Object.assign(f.answers, { "/register": () => ({ status: 500 }) }), "unavailable"],
  ])("%s ends it", async (_, break_, cause) => {
    break_(fixture);
    expect(await start()).toMatchObject({ kind: "failed", cause });
    expect(fixture.ports.pending.all.size).toBe(0);
  });
});

describe("a machine's own account", () => {
  test("is connected at once, with basic authentication", async () => {
    fixture.answers["/token"] = () => ({ body: tokens("machine", { refresh_token: undefined }) });
    const adminClient = { issuer: fixture.base, clientId: "mach:ine", secret: "s/ä" };
    expect(await start({ grant: "client_credentials", adminClient })).toEqual({ kind: "authorized", headers: { authorization: "Bearer machine-access" } });
    const [{ fields, authorization } = { fields: {}, authorization: "" }] = fixture.posted;
    expect(fields).toEqual({ grant_type: "client_credentials", resource: fixture.serverUrl, scope: "read" });
    expect(Buffer.from(authorization?.slice("Basic ".length) ?? "", "base64").toString()).toBe("mach%3Aine:s%2F%C3%A4");
  });
});
