import type { Egress } from "@/lib/egress/request";
import { failed } from "./failures";
import { registerClient } from "./register";
import type { AdminClient, AuthorizationServer, ClientAuthentication, Failed, Terms, UpstreamClient, UpstreamConnection } from "./types";

/**
 * Who we are at this issuer: what the admin entered, otherwise our client metadata document, otherwise an automatic registration
 * (the order of the specification). A client is bound to its issuer and never presented to another (UP-12).
 */
export async function clientFor(
  connection: UpstreamConnection,
  server: AuthorizationServer,
  ports: { egress: Egress; now(): Date },
): Promise<UpstreamClient | Failed> {
  const { adminClient } = connection;
  if (adminClient && adminClient.issuer !== server.issuer) return failed("issuer_changed", `the server names ${server.issuer}`);
  if (adminClient) return enteredClient(adminClient, connection, adminClient.authentication ?? fitting(adminClient, server.tokenAuthentications));
  const document = documentClient(connection, server);
  if (document) {
    await connection.store.saveClient(document);
    return document;
  }
  const stored = await connection.store.loadClient(server.issuer);
  if (stored?.origin === "registration" && isUsable(stored, connection, ports.now())) return stored;
  if (!server.registrationEndpoint) return failed("no_registration");
  const registered = await registerClient(connection, server, server.registrationEndpoint, ports);
  if (!("kind" in registered)) await connection.store.saveClient(registered);
  return registered;
}

/** The client that tokens were agreed on with; null when it is gone. */
export async function clientOf(connection: UpstreamConnection, { issuer, clientId, authentication }: Terms): Promise<UpstreamClient | null> {
  const { adminClient } = connection;
  const client = adminClient ? enteredClient(adminClient, connection, authentication) : await connection.store.loadClient(issuer);
  return client?.issuer === issuer && client.clientId === clientId ? client : null;
}

const enteredClient = (entered: AdminClient, { redirectUri }: UpstreamConnection, authentication: ClientAuthentication): UpstreamClient => ({
  ...entered,
  authentication,
  origin: "admin",
  redirectUri,
  secretExpiresAt: null,
});

function fitting({ privateKey, secret }: AdminClient, offered: readonly string[] | null): ClientAuthentication {
  if (privateKey) return "private_key_jwt";
  if (secret === null) return "none";
  return offered && !offered.includes("client_secret_basic") && offered.includes("client_secret_post") ? "client_secret_post" : "client_secret_basic";
}

function documentClient({ clientDocumentUrl, redirectUri }: UpstreamConnection, server: AuthorizationServer): UpstreamClient | null {
  const takesPublicClients = server.tokenAuthentications?.includes("none") ?? true;
  if (!clientDocumentUrl || !server.takesClientDocuments || !takesPublicClients) return null;
  const { issuer } = server;
  return { issuer, clientId: clientDocumentUrl, origin: "document", authentication: "none", secret: null, redirectUri, secretExpiresAt: null };
}

const isUsable = (client: UpstreamClient, { redirectUri }: UpstreamConnection, now: Date) =>
  client.redirectUri === redirectUri && (client.secretExpiresAt === null || client.secretExpiresAt > now);
