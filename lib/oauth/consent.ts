import { and, eq } from "drizzle-orm";
import { accessEvents, authorizations, clients } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { type Access, portalAccess, serverAccess } from "@/lib/gateway/access";
import type { PortalView } from "@/lib/gateway/types";
import { hashToken, newReference } from "@/lib/ids";
import { loadPerson, loadPortalView } from "@/lib/portals/view";
import { logStep } from "@/lib/report";
import { clientLabel } from "./client-mark";
import { consentToken } from "./consent-token";
import { isLoopbackOnly, redirectHost } from "./redirect-uri";

/** An authorization request that waits, with its client. */
export type Waiting = typeof authorizations.$inferSelect & { clientName: string; clientKind: "dcr" | "cimd"; clientRedirectUris: string[] };

export type ConsentRequest = {
  clientName: string;
  /** The host of the metadata document, where the client has one; null for a registered client. */
  documentHost: string | null;
  redirectHost: string;
  loopbackOnly: boolean;
  portal: { name: string; orgName: string; contact: string; address: string };
};

/** A request that cannot be answered; its own reference where there is one. */
export type Gone = { gone: "unknown" | "expired" | "used" | "other_browser"; reference: string };

/** What the page at `/oauth/consent` shows. */
export type Consent =
  | { kind: "gone"; why: Gone["gone"]; reference: string }
  | { kind: "sign_in" }
  | { kind: "unverified" | "refused"; request: ConsentRequest; email: string; csrf: string; reference: string }
  | { kind: "ask"; request: ConsentRequest; email: string; name: string; csrf: string; servers: { id: string; name: string }[] };

export type ConsentVisit = { token: string; browser: string | null; person: PersonContext | null };

/** Where a visit to the consent page stands. A refusal goes on record once for each person and request. */
export async function loadConsent(db: Database, visit: ConsentVisit, now: Date): Promise<Consent> {
  const waiting = await findWaiting(db, visit, now);
  if ("gone" in waiting) return gone(waiting);
  if (!visit.person) return { kind: "sign_in" };
  const admission = await admit(db, waiting, visit.person.person.id);
  if (!admission) return gone({ gone: "unknown", reference: waiting.correlationId });
  const { view, access } = admission;
  const request = describeRequest(waiting, view);
  const { email, name } = visit.person.person;
  const csrf = consentToken(waiting.id, visit.person);
  const reference = waiting.correlationId;
  if (access.by === "unverified") return { kind: "unverified", request, email, csrf, reference };
  if (!access.allowed) {
    await recordRefusedOnce(db, waiting, view, visit.person, access, now);
    return { kind: "refused", request, email, csrf, reference };
  }
  const reached = view.servers.filter((server) => serverAccess(server, admission.subject).allowed);
  return { kind: "ask", request, email, name, csrf, servers: reached.map(({ id, name }) => ({ id, name })) };
}

function gone({ gone: why, reference }: Gone): Consent {
  logStep(reference, "consent", "refused", { reason: why });
  return { kind: "gone", why, reference };
}

/** The waiting request that belongs to this browser, or why there is none (OA-24). */
export async function findWaiting(db: Database, { token, browser }: Pick<ConsentVisit, "token" | "browser">, now: Date): Promise<Waiting | Gone> {
  const [found] = await db
    .select({ authorization: authorizations, clientName: clients.name, clientKind: clients.kind, clientRedirectUris: clients.redirectUris })
    .from(authorizations)
    .innerJoin(clients, eq(clients.id, authorizations.clientId))
    .where(eq(authorizations.tokenHash, hashToken(token)))
    .limit(1);
  if (!found) return { gone: "unknown", reference: newReference() };
  const { authorization, ...client } = found;
  const reference = authorization.correlationId;
  if (!browser || hashToken(browser) !== authorization.browserHash) return { gone: "other_browser", reference };
  if (authorization.usedAt) return { gone: "used", reference };
  return authorization.expiresAt <= now ? { gone: "expired", reference } : { ...authorization, ...client };
}

/** Whether the portal lets this person in, as of now. Null when the portal is gone. */
export async function admit(db: Database, waiting: { orgId: string; portalId: string }, personId: string) {
  const [view, subject] = await Promise.all([loadPortalView(db, waiting.orgId, waiting.portalId), loadPerson(db, waiting.orgId, personId)]);
  return view && subject ? { view, subject, access: portalAccess(view, subject) } : null;
}

function describeRequest(waiting: Waiting, view: PortalView): ConsentRequest {
  return {
    clientName: waiting.clientName,
    documentHost: waiting.clientKind === "cimd" ? new URL(waiting.clientId).host : null,
    redirectHost: redirectHost(waiting.redirectUri),
    loopbackOnly: isLoopbackOnly(waiting.clientRedirectUris),
    portal: { name: view.portal.name, orgName: view.org.name, contact: view.portal.contact, address: waiting.resource },
  };
}

async function recordRefusedOnce(db: Database, waiting: Waiting, view: PortalView, person: PersonContext, access: Access, now: Date): Promise<void> {
  const [before] = await db
    .select({ id: accessEvents.id })
    .from(accessEvents)
    .where(
      and(eq(accessEvents.personId, person.person.id), eq(accessEvents.kind, "authorization_refused"), eq(accessEvents.correlationId, waiting.correlationId)),
    )
    .limit(1);
  if (before) return;
  logStep(waiting.correlationId, "consent", "refused", { reason: access.by });
  await recordAccess(db, now, {
    ...accessFacts(waiting, view.portal.name, person),
    kind: "authorization_refused",
    outcome: "refused",
    reason: access.by,
    detail: { policyId: access.policyId, policyName: access.policyName },
  });
}

/** What every access event about one authorization request says. */
export function accessFacts(waiting: Waiting, portalName: string, person: PersonContext) {
  return {
    orgId: waiting.orgId,
    personId: person.person.id,
    email: person.person.email,
    portalId: waiting.portalId,
    portalName,
    clientId: waiting.clientId,
    clientName: clientLabel(waiting),
    ip: person.request.ip,
    userAgent: person.request.userAgent.slice(0, 300),
    correlationId: waiting.correlationId,
  };
}
