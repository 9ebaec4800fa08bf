import { limits } from "@/lib/limits";
import type { Challenge } from "./challenge";
import type { Discovered } from "./discover";
import type { UpstreamCredential } from "./types";

const stepUpsMax = 3;

/**
 * What to ask for: what the challenge names, otherwise what the resource offers, otherwise nothing, and what was asked for before
 * (SEP-2350). `offline_access` joins wherever the issuer knows it, because a connection should outlive its access token (SEP-2207).
 */
export function scopesToRequest(found: Discovered, challenge: Challenge | null, extra: readonly string[], before: UpstreamCredential | null): string[] {
  const wanted = challenge && challenge.scopes.length > 0 ? challenge.scopes : (found.scopes ?? []);
  const kept = before?.issuer === found.server.issuer ? before.requestedScopes : [];
  const scopes = union(kept, union(wanted, extra));
  return scopes.length > 0 && found.server.scopes?.includes("offline_access") ? union(scopes, ["offline_access"]) : scopes;
}

/** The count of one more authorization for more scopes; null when it would lead nowhere: nothing new is asked for, or it was asked too often. */
export function nextStepUp(credential: UpstreamCredential, challenge: Challenge, now: Date): UpstreamCredential["stepUps"] | null {
  const isNew = challenge.scopes.some((scope) => !credential.grantedScopes.includes(scope));
  if (!isNew) return null;
  const { count, since } = credential.stepUps;
  const isOver = now.getTime() - since.getTime() > limits.authorizationSeconds * 1_000;
  if (isOver) return { count: 1, since: now };
  return count < stepUpsMax ? { count: count + 1, since } : null;
}

export const scopesOf = (text: unknown): string[] | null => (typeof text === "string" ? text.split(" ").filter(Boolean) : null);

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];
