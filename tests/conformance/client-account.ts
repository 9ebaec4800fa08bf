import type { JsonObject } from "@/drizzle/schema/servers";
import { egressRequest } from "@/lib/egress/request";
import { challengeOf } from "@/lib/mcp/upstream";
import {
  type AdminClient,
  type AuthPorts,
  authorizeUpstream,
  type Challenge,
  discoverUpstreamAuth,
  finishUpstreamAuthorization,
  onUnauthorized,
  type UpstreamConnection,
  upstreamHeaders,
} from "@/lib/mcp/upstream-auth";
import { isUpstreamFailure } from "@/lib/mcp/upstream-types";
import { memoryPending, memoryStore } from "@/tests/support/connection-store";

/** One person's account at the server under test. */
export type Account = {
  /** Does the work with the account's headers; signs in when the server asks for it, and does it again. */
  signedIn<T>(work: (headers: Record<string, string>) => Promise<T>): Promise<T>;
};

const attemptsMax = 4;
const binding = "the one browser";
// The address that the suite expects of a client with a metadata document.
const clientDocumentUrl = "https://conformance-test.local/client-metadata.json";

export async function openAccount(serverUrl: string, context: JsonObject): Promise<Account> {
  const ports: AuthPorts = { egress: egressRequest, pending: memoryPending(), now: () => new Date() };
  const adminClient = await adminClientOf(serverUrl, context, ports);
  const connection: UpstreamConnection = {
    key: "conformance",
    serverUrl,
    redirectUri: "http://localhost:3000/oauth/upstream/callback",
    clientName: "Gatehouse",
    clientDocumentUrl,
    adminClient,
    grant: adminClient && context.issuer === undefined ? "client_credentials" : "code",
    scopes: [],
    allowUnannouncedS256: false,
    store: memoryStore(),
  };
  return {
    async signedIn(work) {
      for (let attempt = 1; ; attempt++) {
        const current = await upstreamHeaders(connection, ports);
        const headers = current.kind === "authorized" ? current.headers : {};
        try {
          return await work(headers);
        } catch (error) {
          const status = statusOf(error);
          if (!status || attempt === attemptsMax) throw error;
          const challenge = isUpstreamFailure(error) ? challengeOf(error) : null;
          const next = await onUnauthorized(connection, { status, challenge, headers }, ports);
          if (next.kind === "failed") throw new Error(`${next.cause}: ${next.person}`, { cause: error });
          if (next.kind === "authorize") await connect(connection, next.challenge, ports);
        }
      }
    },
  };
}

/** What an admin would enter by hand. An issuer that is not given is looked up, as the button on the form does. */
async function adminClientOf(serverUrl: string, context: JsonObject, { egress }: AuthPorts): Promise<AdminClient | null> {
  const { client_id: clientId, client_secret: secret, private_key_pem: privateKey, signing_algorithm: algorithm, issuer } = context;
  if (typeof clientId !== "string") return null;
  const found = issuer === undefined ? await discoverUpstreamAuth({ serverUrl, allowUnannouncedS256: false }, null, egress) : null;
  if (found?.kind === "failed") throw new Error(found.person);
  return {
    issuer: found?.server.issuer ?? String(issuer),
    clientId,
    secret: typeof secret === "string" ? secret : null,
    ...(typeof privateKey === "string" && { privateKey }),
    ...(typeof algorithm === "string" && { algorithm }),
  };
}

/** The person: opens the provider in a browser, agrees, and comes back. */
async function connect(connection: UpstreamConnection, challenge: Challenge | null, ports: AuthPorts): Promise<void> {
  const left = await authorizeUpstream(connection, { binding, challenge }, ports);
  if (left.kind === "failed") throw new Error(`${left.cause}: ${left.person} (${left.detail ?? ""})`);
  if (left.kind === "authorized") return;
  const response = await fetch(left.url, { redirect: "manual" });
  const query = new URL(response.headers.get("location") ?? "").searchParams;
  const finished = await finishUpstreamAuthorization(query, binding, async (key) => (key === connection.key ? connection : null), ports);
  if (finished.kind === "failed") throw new Error(`${finished.cause}: ${finished.person} (${finished.detail ?? ""})`);
}

function statusOf(error: unknown): 401 | 403 | null {
  if (!isUpstreamFailure(error)) return null;
  return error.cause_ === "unauthorized" ? 401 : error.cause_ === "forbidden" ? 403 : null;
}
