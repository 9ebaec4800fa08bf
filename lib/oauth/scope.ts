/** Everything a grant can hold. `offline_access` may be asked for, changes nothing, and is never in a challenge (OA-12). */
export const scopesOffered = ["mcp", "offline_access"] as const;

/** The one scope a grant carries. */
export const grantedScope = "mcp";

/** The first scope in a request that is not offered here, or null. */
export function unknownScope(requested: string | undefined): string | null {
  const names = (requested ?? "").split(" ").filter(Boolean);
  return names.find((name) => !scopesOffered.some((offered) => offered === name)) ?? null;
}
