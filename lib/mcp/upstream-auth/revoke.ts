import { isEgressError } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { clientOf } from "./client";
import { authenticate } from "./token-request";
import type { AuthPorts, UpstreamConnection } from "./types";

/** Disconnects: the credential is gone here, whatever the provider says, and revoked there where it can be (UP-17, RFC 7009). */
export async function disconnectUpstream(connection: UpstreamConnection, ports: AuthPorts): Promise<{ revoked: boolean }> {
  const credential = await connection.store.loadCredential();
  await connection.store.dropCredential();
  const client = credential && (await clientOf(connection, credential));
  if (!credential?.revocationEndpoint || !client) return { revoked: false };
  const isRefresh = credential.refreshToken !== null;
  const { headers, parameters } = authenticate(client, ports.now());
  const form = { token: credential.refreshToken ?? credential.accessToken, token_type_hint: isRefresh ? "refresh_token" : "access_token", ...parameters };
  try {
    const response = await ports.egress(credential.revocationEndpoint, {
      method: "POST",
      headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
      totalTimeoutMs: limits.upstreamMetadataMs,
      maxBytes: limits.oauthDocumentBytesMax,
    });
    response.dump();
    return { revoked: response.status === 200 };
  } catch (error) {
    if (!isEgressError(error)) throw error;
    return { revoked: false };
  }
}
