import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { makeEgress } from "@/lib/egress/request";
import type { AuthPorts, UpstreamConnection } from "@/lib/mcp/upstream-auth";
import { type MemoryStore, memoryPending, memoryStore } from "./connection-store";

export type Reply = { status?: number; body?: unknown; headers?: Record<string, string> };
type Form = { path: string; fields: Record<string, string>; authorization: string | undefined };
type Respond = (form: Form) => Reply | Promise<Reply>;

export type AuthorizationFixture = {
  base: string;
  serverUrl: string;
  /** What was asked, in order: `GET /path`. */
  log: string[];
  /** What was posted, in order. */
  posted: Form[];
  /** Documents by path, and answers to posts by path. Anything else is 404. */
  documents: Record<string, Reply>;
  answers: Record<string, Respond>;
  connection: UpstreamConnection & { store: MemoryStore };
  ports: AuthPorts & { pending: ReturnType<typeof memoryPending>; at: Date };
  close(): Promise<void>;
};

export const callback = "https://gatehouse.test/oauth/upstream/callback";
export const resourcePath = "/.well-known/oauth-protected-resource/mcp";
export const serverPath = "/.well-known/oauth-authorization-server";

let serial = 0;

/** A server behind OAuth and its issuer, on one loopback port: everything well described, unless a test says otherwise. */
export async function startAuthorizationFixture(): Promise<AuthorizationFixture> {
  const log: string[] = [];
  const posted: Form[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    log.push(`${request.method} ${path}`);
    const reply = request.method === "POST" ? await answer(request, path) : fixture.documents[path];
    const { status = 200, body, headers } = reply ?? { status: 404 };
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
  });
  async function answer(request: IncomingMessage, path: string): Promise<Reply | undefined> {
    const body = await text(request);
    const isJson = request.headers["content-type"] === "application/json";
    const fields = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
    const form = { path, fields, authorization: request.headers.authorization };
    posted.push(form);
    return fixture.answers[path]?.(form);
  }
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fixture: AuthorizationFixture = {
    base,
    serverUrl: `${base}/mcp`,
    log,
    posted,
    documents: { [resourcePath]: { body: resourceOf(base) }, [serverPath]: { body: metadataOf(base) } },
    answers: { "/register": () => ({ status: 201, body: { client_id: "registered" } }), "/token": () => ({ body: tokens("first") }) },
    connection: connectionTo(`${base}/mcp`),
    ports: portsAt(new Date("2026-11-22T10:00:00Z")),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fixture;
}

export const resourceOf = (base: string, more: object = {}) => ({
  resource: `${base}/mcp`,
  authorization_servers: [base],
  scopes_supported: ["read"],
  ...more,
});

export const metadataOf = (base: string, more: object = {}) => ({
  issuer: base,
  authorization_endpoint: `${base}/authorize`,
  token_endpoint: `${base}/token`,
  registration_endpoint: `${base}/register`,
  revocation_endpoint: `${base}/revoke`,
  token_endpoint_auth_methods_supported: ["none"],
  code_challenge_methods_supported: ["S256"],
  authorization_response_iss_parameter_supported: true,
  ...more,
});

export const tokens = (name: string, more: object = {}) => ({
  access_token: `${name}-access`,
  refresh_token: `${name}-refresh`,
  token_type: "Bearer",
  expires_in: 3_600,
  ...more,
});

function connectionTo(serverUrl: string): UpstreamConnection & { store: MemoryStore } {
  return {
    key: `connection ${serial++}`,
    serverUrl,
    redirectUri: callback,
    clientName: "Gatehouse",
    clientDocumentUrl: null,
    adminClient: null,
    grant: "code",
    scopes: [],
    allowUnannouncedS256: false,
    store: memoryStore(),
  };
}

/** The clock stands still; a test moves it through `at`. */
function portsAt(at: Date): AuthorizationFixture["ports"] {
  const ports = { at, egress: makeEgress({ allow: ["loopback"] }), pending: memoryPending(), now: () => ports.at };
  return ports;
}
