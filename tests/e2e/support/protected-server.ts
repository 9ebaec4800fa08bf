import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type RecordedCall, startUpstream } from "@/tests/support/upstream";

export type ProtectedServer = {
  url: string;
  /** What a provider's page says of itself: its host. */
  host: string;
  /** Who asked what, in order: `bo tools/call`. */
  asked: string[];
  /** Tokens that were taken back. */
  revoked: string[];
  /** The provider ends every account's connection. */
  end(): void;
  /** As long as it is true, the server wants more permissions for its tools than anybody has. */
  wantsMore: boolean;
  stop(): Promise<void>;
};

/** An MCP server that wants OAuth, and its provider, both on the loopback: people choose on the provider's page who they are there. */
export async function startProtectedServer(accounts: readonly string[]): Promise<ProtectedServer> {
  const provider = await startProvider(accounts);
  const asked: string[] = [];
  const metadata = () => `resource_metadata="${upstream.origin}/.well-known/oauth-protected-resource/mcp"`;
  const upstream = await startUpstream({
    tools: [
      { name: "whoami", description: "Says whose account is used", run: () => ({ content: [{ type: "text", text: asked.at(-1)?.split(" ")[0] ?? "" }] }) },
    ],
    hook: (call) => {
      if (call.path.startsWith("/.well-known/")) return described(call, upstream.url, provider.issuer);
      const account = provider.accountOf(call.headers.authorization ?? "");
      if (!account) return { status: 401, headers: { "www-authenticate": `Bearer ${metadata()}` } };
      if (fixture.wantsMore && call.method === "tools/call")
        return { status: 403, headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="write", ${metadata()}` } };
      asked.push(`${account} ${call.method}`);
      return undefined;
    },
  });
  const fixture: ProtectedServer = {
    url: upstream.url,
    host: new URL(provider.issuer).host,
    asked,
    revoked: provider.revoked,
    end: provider.end,
    wantsMore: false,
    stop: async () => {
      await upstream.close();
      await provider.close();
    },
  };
  return fixture;
}

function described(call: RecordedCall, resource: string, issuer: string) {
  if (call.path !== "/.well-known/oauth-protected-resource/mcp") return { status: 404 };
  return { headers: { "content-type": "application/json" }, body: { resource, authorization_servers: [issuer] } };
}

type Code = { account: string; challenge: string; redirectUri: string; clientId: string };

async function startProvider(accounts: readonly string[]) {
  const codes = new Map<string, Code>();
  const tokens = new Map<string, string>();
  const revoked: string[] = [];
  let issuer = "";
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", issuer);
    const json = (body: object, status = 200) => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (url.pathname === "/.well-known/oauth-authorization-server") return json(metadataOf(issuer));
    if (url.pathname === "/authorize") return void response.writeHead(200, { "content-type": "text/html" }).end(signInPage(accounts, url.search));
    if (url.pathname === "/allow") return void response.writeHead(302, { location: allow(url.searchParams) }).end();
    const body = await text(request);
    if (url.pathname === "/register") return json({ client_id: "registered", redirect_uris: JSON.parse(body).redirect_uris }, 201);
    const form = new URLSearchParams(body);
    if (url.pathname === "/revoke") {
      revoked.push(tokens.get(form.get("token") ?? "") ?? "");
      return json({});
    }
    return json(...redeem(form));
  }
  function allow(asked: URLSearchParams): string {
    const code = random();
    const back = new URL(asked.get("redirect_uri") ?? "");
    const challenge = asked.get("code_challenge_method") === "S256" ? (asked.get("code_challenge") ?? "") : "";
    codes.set(code, { account: asked.get("account") ?? "", challenge, redirectUri: back.href, clientId: asked.get("client_id") ?? "" });
    for (const [name, value] of Object.entries({ code, state: asked.get("state") ?? "", iss: issuer })) back.searchParams.set(name, value);
    return back.href;
  }
  function redeem(form: URLSearchParams): [object, number?] {
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const verified = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!code || code.challenge !== verified || code.redirectUri !== form.get("redirect_uri") || code.clientId !== form.get("client_id")) {
      return [{ error: "invalid_grant" }, 400];
    }
    const [access, refresh] = [random(), random()];
    for (const token of [access, refresh]) tokens.set(token, code.account);
    return [{ access_token: access, refresh_token: refresh, token_type: "Bearer", expires_in: 3_600 }];
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    revoked,
    end: () => tokens.clear(),
    accountOf: (authorization: string) => tokens.get(authorization.replace(/^Bearer /, "")) ?? null,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const random = () => randomBytes(24).toString("base64url");

const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  revocation_endpoint: `${issuer}/revoke`,
  response_types_supported: ["code"],
  token_endpoint_auth_methods_supported: ["none"],
  code_challenge_methods_supported: ["S256"],
  authorization_response_iss_parameter_supported: true,
});

function signInPage(accounts: readonly string[], search: string): string {
  const link = (account: string) => `<a href="/allow${search.replaceAll("&", "&amp;")}&amp;account=${account}">Allow as ${account}</a>`;
  return `<!doctype html><html lang="en"><title>Provider</title><h1>Who are you here?</h1>${accounts.map(link).join(" ")}</html>`;
}
