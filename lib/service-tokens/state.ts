const soonMs = 14 * 86_400_000;

export type ServiceTokenState = "active" | "expires_soon" | "expired" | "revoked";

export function stateOf({ revokedAt, expiresAt }: { revokedAt: Date | null; expiresAt: Date }, now: Date): ServiceTokenState {
  if (revokedAt) return "revoked";
  if (expiresAt <= now) return "expired";
  return expiresAt.getTime() - now.getTime() <= soonMs ? "expires_soon" : "active";
}
