/** How long a connection lasts, as far as it is known. */
export type Forecast =
  /** Nobody has said that it ends. */
  | { kind: "open" }
  /** Its access ends then, and is renewed without anybody's doing. */
  | { kind: "renews"; expiresAt: Date }
  /** Its access has ended; the next use renews it. */
  | { kind: "renews_at_use" }
  /** Somebody has to connect it again before then. */
  | { kind: "ends"; expiresAt: Date }
  | { kind: "over" };

export function forecast({ state, renews, expiresAt }: { state: "active" | "reconnect"; renews: boolean; expiresAt: Date | null }, now: Date): Forecast {
  if (state === "reconnect") return { kind: "over" };
  if (expiresAt === null) return { kind: "open" };
  if (renews) return expiresAt > now ? { kind: "renews", expiresAt } : { kind: "renews_at_use" };
  return expiresAt > now ? { kind: "ends", expiresAt } : { kind: "over" };
}
