import { eq } from "drizzle-orm";
import { serviceTokens } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import { addressPrefix } from "@/lib/auth/client-address";
import type { Database } from "@/lib/db/types";
import { limits } from "@/lib/limits";
import { hit } from "@/lib/throttle/throttle";
import { type Refusal, refuse } from "./answer";
import { type Credentials, isSecret } from "./client-authentication";
import { machineClientName } from "./holder";

export type ServiceToken = typeof serviceTokens.$inferSelect;
export type Sender = { ip: string; userAgent: string };

/** The service token that these credentials prove, or why they prove none (OA-31). Both ways of sending a secret are good, none is not. */
export async function provenServiceToken(db: Database, credentials: Credentials, from: Sender, now: Date): Promise<ServiceToken | Refusal> {
  const [found] = await db.select().from(serviceTokens).where(eq(serviceTokens.id, credentials.clientId)).limit(1);
  if (!found) return refuse("invalid_client", "this client is not known here, or its registration has expired");
  const problem = problemWith(found, credentials, now);
  return problem ? refusedMachine(db, found, refuse("invalid_client", problem), from, now) : found;
}

/** Puts a refusal on record, as long as this network has not sent too many of them lately: then it is told to wait. */
export async function refusedMachine(
  db: Database,
  { id, orgId, name }: ServiceToken,
  refusal: Refusal,
  from: Sender,
  now: Date,
  portal: { portalId?: string; portalName?: string } = {},
): Promise<Refusal> {
  const limit = { limit: limits.serviceTokenFailuresPerPrefix, windowSeconds: limits.signInWindowSeconds };
  const { allowed } = await hit(db, `service-token-refused:${id} ${addressPrefix(from.ip)}`, limit, now);
  if (!allowed) return refuse("temporarily_unavailable", "too many refused requests; try again later");
  await recordAccess(db, now, {
    ...machineFacts({ id, orgId, name }),
    ...portal,
    ...from,
    kind: "token_refused",
    outcome: "refused",
    reason: refusal.description,
  });
  return refusal;
}

/** What an access event says about a service token. */
export const machineFacts = ({ id, orgId, name }: Pick<ServiceToken, "id" | "orgId" | "name">) => ({
  orgId,
  personId: id,
  email: name,
  clientName: machineClientName,
});

// Only who knows the secret learns what became of the token.
function problemWith(token: ServiceToken, { method, secret }: Credentials, now: Date): string | null {
  if (method === "none") return "a service token proves itself with its secret";
  const isOld = isSecret(secret, token.oldSecretHash);
  if (!isOld && !isSecret(secret, token.secretHash)) return "the secret of this service token is wrong";
  if (token.revokedAt) return "this service token is revoked";
  if (token.expiresAt <= now) return "this service token has expired";
  return isOld && (token.oldSecretUntil ?? now) <= now ? "this secret was replaced by a newer one and has ended" : null;
}
