import type { Egress } from "@/lib/egress/request";
import { endpointsOf2025, findAuthorizationServer } from "./authorization-server";
import type { Challenge } from "./challenge";
import { isSafeAddress } from "./documents";
import { failed } from "./failures";
import { findProtectedResource } from "./protected-resource";
import type { AuthorizationServer, Failed } from "./types";

/** Everything needed to sign in to a server. `resource` is what its tokens are for, as the server published it. */
export type Discovered = { kind: "discovered"; resource: string; scopes: readonly string[] | null; server: AuthorizationServer };

export type DiscoverOptions = { serverUrl: string; allowUnannouncedS256: boolean; manual?: AuthorizationServer | null };

/** How to sign in to a server, in the order of the specification; the first thing that does not fit ends it (UP-11). */
export async function discoverUpstreamAuth(
  { serverUrl, allowUnannouncedS256, manual }: DiscoverOptions,
  challenge: Challenge | null,
  egress: Egress,
): Promise<Discovered | Failed> {
  if (manual) return entered(manual, serverUrl);
  const resource = await findProtectedResource(serverUrl, challenge?.resourceMetadata ?? null, egress);
  if (resource && "kind" in resource) return resource;
  const origin = new URL(serverUrl).origin;
  const server = await findAuthorizationServer(resource?.issuer ?? origin, allowUnannouncedS256, egress);
  if (server && "kind" in server) return server;
  if (server) return { kind: "discovered", resource: resource?.resource ?? serverUrl, scopes: resource?.scopes ?? null, server };
  if (resource) return failed("no_metadata", resource.issuer);
  return { kind: "discovered", resource: serverUrl, scopes: null, server: endpointsOf2025(origin) };
}

function entered(server: AuthorizationServer, serverUrl: string): Discovered | Failed {
  const unsafe = [server.authorizationEndpoint, server.tokenEndpoint, server.revocationEndpoint].find((url) => url !== null && !isSafeAddress(url));
  return unsafe ? failed("unsafe_endpoint", unsafe) : { kind: "discovered", resource: serverUrl, scopes: null, server };
}
