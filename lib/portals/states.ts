/**
 * Where a capability stands, whatever its toggle says. Only `ready` is ever served: `new` waits for a first approval, `changed` is
 * withheld until an admin accepts it on the server's page, `gone` is no longer offered.
 */
export type CapabilityState = "ready" | "new" | "changed" | "gone";
type Facts = { fingerprint: string; approvedFingerprint: string | null; missingSince: Date | null };

export function capabilityState({ fingerprint, approvedFingerprint, missingSince }: Facts): CapabilityState {
  if (missingSince !== null) return "gone";
  if (approvedFingerprint === null) return "new";
  return approvedFingerprint === fingerprint ? "ready" : "changed";
}

/** Whether an admin may switch it on here; a new one is approved by that. */
export const canSwitchOn = (state: CapabilityState) => state === "ready" || state === "new";
