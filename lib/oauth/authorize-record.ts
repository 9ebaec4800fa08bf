import { type AccessEvent, recordAccess } from "@/lib/activity/record";
import { addressPrefix } from "@/lib/auth/client-address";
import type { Database } from "@/lib/db/types";
import { logStep } from "@/lib/report";
import { hit } from "@/lib/throttle/throttle";
import type { Refusal } from "./answer";
import type { Client } from "./clients";

/** Who asks for what, as far as it is known. */
type Asking = {
  db: Database;
  reference: string;
  portal: { orgId: string; portalId: string; portalName: string } | null;
  ip: string;
  userAgent: string;
  now: Date;
};

const recordedPerHour = 60;

/** That a sign-in began, so that its reference finds something even where nobody ever came back. */
export async function recordAsked(asking: Asking, client: Client): Promise<void> {
  logStep(asking.reference, "authorize", "ok", { clientId: client.id, portalId: asking.portal?.portalId });
  await record(asking, client, { kind: "authorization_asked", outcome: "ok" });
}

export async function recordRefusal(asking: Asking, refusal: Refusal, client?: Client, reason: string = refusal.error): Promise<void> {
  logStep(asking.reference, "authorize", "refused", { reason, description: refusal.description, clientId: client?.id });
  await record(asking, client, { kind: "authorization_refused", outcome: "refused", reason, detail: { description: refusal.description } });
}

/** At most sixty of a kind an hour and network, so that a stranger cannot fill the table. */
async function record({ db, portal, ip, userAgent, reference, now }: Asking, client: Client | undefined, event: AccessEvent): Promise<void> {
  const room = await hit(db, `${event.kind}:${addressPrefix(ip)}`, { limit: recordedPerHour, windowSeconds: 3_600 }, now);
  if (!room.allowed) return;
  await recordAccess(db, now, {
    ...event,
    orgId: portal?.orgId ?? null,
    portalId: portal?.portalId ?? null,
    portalName: portal?.portalName ?? null,
    clientId: client?.id ?? null,
    clientName: client?.name ?? null,
    ip,
    userAgent: userAgent.slice(0, 300),
    correlationId: reference,
  });
}
