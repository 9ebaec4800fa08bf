import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { startUpstream } from "./upstream";

export type ProviderOptions = {
  /** Take automatic registration; default true. */
  registers?: boolean;
  clients?: object[];
  /** Give refresh tokens; default true. */
  refreshes?: boolean;
  /** How long an access token lives; default an hour. */
  lifeSeconds?: number;
  /** Read client metadata documents, with this instead of the network. */
  documents?: (url: string) => Response;
};
export type OidcFixture = Awaited<ReturnType<typeof startOidc>>;

const hourSeconds = 3_600;

/** A real authorization server on loopback. Everybody may sign in, under any name. */
export async function startOidc({ registers = true, refreshes = true, lifeSeconds = hourSeconds, clients = [], documents }: ProviderOptions = {}) {
  const server = createServer();
  const issuer = await listen(server);
  const living = new Map<string, { who: string; scopes: string[]; until: number }>();
  const asked: string[] = [];
  const provider = new Provider(issuer, {
    clients,
    scopes: ["openid", "offline_access", "email", "read", "write"],
    claims: { openid: ["sub"], email: ["email"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["only for tests"] },
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: async () => ({ sub: accountId, email: `${accountId}@provider.test` }) }),
    issueRefreshToken: async () => refreshes,
    rotateRefreshToken: true,
    ttl: { AccessToken: lifeSeconds, RefreshToken: 14 * 24 * hourSeconds },
    ...(documents && { fetch: async (url: string | URL) => documents(String(url)) }),
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: registers },
      ...(documents && { clientIdMetadataDocument: { enabled: true, ack: "draft-02" } }),
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: "read write",
          audience: resource,
          accessTokenFormat: "opaque",
          accessTokenTTL: lifeSeconds,
        }),
        useGrantedResource: async () => true,
      },
    },
  });
  provider.on("access_token.saved", ({ jti, accountId, scope }) =>
    living.set(jti, { who: accountId, scopes: scope?.split(" ") ?? [], until: Date.now() + lifeSeconds * 1_000 }),
  );
  provider.on("access_token.destroyed", ({ jti }) => living.delete(jti));
  const fixture = {
    issuer,
    provider,
    living,
    /** Paths that were asked, in order. */
    asked,
    /** As long as it is set, the token endpoint answers with this status. */
    failsWith: null as number | null,
    /** As long as it is set, the token endpoint answers with this, in status 200. */
    garbage: null as string | null,
    whoIs(header: string | undefined) {
      const found = living.get(header?.replace(/^Bearer /, "") ?? "");
      return found && found.until > Date.now() ? found : null;
    },
    close: () => closed(server),
  };
  const handle = provider.callback();
  server.on("request", (req, res) => {
    asked.push(req.url?.split("?")[0] ?? "");
    if (req.url === "/token" && fixture.garbage !== null) res.writeHead(200, { "content-type": "application/json" }).end(fixture.garbage);
    else if (req.url === "/token" && fixture.failsWith) res.writeHead(fixture.failsWith).end();
    else handle(req, res);
  });
  return fixture;
}

/** An MCP server behind it, whose one tool says who called. `write` asks for a scope that nobody is connected with at first. */
export async function startGuarded(first: OidcFixture) {
  const guard = { by: first };
  const upstream = await startUpstream({
    era: "modern",
    tools: [{ name: "whoami" }, { name: "write" }],
    hook({ path, method, headers, id, params }) {
      const metadata = `${upstream.origin}/.well-known/oauth-protected-resource/mcp`;
      if (path.startsWith("/.well-known/oauth-protected-resource"))
        return { status: 200, body: { resource: upstream.url, authorization_servers: [guard.by.issuer], scopes_supported: ["read"] } };
      if (path !== "/mcp") return { status: 404 };
      const caller = guard.by.whoIs(headers.authorization);
      if (!caller) return { status: 401, headers: { "www-authenticate": `Bearer resource_metadata="${metadata}", scope="read"` } };
      if (method !== "tools/call") return undefined;
      if (params.name === "write" && !caller.scopes.includes("write"))
        return { status: 403, headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="read write", resource_metadata="${metadata}"` } };
      return { body: { jsonrpc: "2.0", id, result: { resultType: "complete", content: [{ type: "text", text: `you are ${caller.who}` }] } } };
    },
  });
  return { upstream, guard };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
