import { recordAccess } from "@/lib/activity/record";
import { contextModeOf } from "@/lib/gateway/context-mode";
import type { Caller } from "@/lib/gateway/ports";
import { challenge, readBearer } from "@/lib/oauth/bearer";
import { clientLabel } from "@/lib/oauth/client-mark";
import { issuer, portalResource } from "@/lib/oauth/urls";
import type { TokenFacts } from "./admission-query";
import type { Admitted } from "./admissions";
import type { Endpoint } from "./endpoint";
import type { Standing } from "./portal-cache";

export type PortalAddress = { orgSlug: string; portalSlug: string };
export type Admission =
  | { kind: "admitted"; caller: Caller }
  /** No valid token for this portal; an unknown portal looks just like this. */
  | { kind: "unauthenticated"; challenge: string }
  /** A valid token, but the portal's policies do not admit the person now. */
  | { kind: "refused"; message: string };

/**
 * Who is calling, checked on every request: token, audience, person, portal policy. In doubt nobody (ME-03, ME-04). At once where the
 * token was looked up before and nothing can have changed since.
 */
export function admit(
  endpoint: Endpoint,
  address: PortalAddress & { context?: string },
  authorization: string | undefined,
  ip: string,
): Admission | Promise<Admission> {
  const bearer = readBearer(authorization);
  if (bearer.kind === "none") return { kind: "unauthenticated", challenge: challenge(address) };
  if (bearer.kind === "malformed") return stranger(address);
  const now = endpoint.ports.now();
  const found = endpoint.admissions.find(bearer.token, now);
  if (found instanceof Promise) return found.then((admitted) => judged(endpoint, address, admitted, ip, now));
  return judged(endpoint, address, found, ip, now);
}

function judged(endpoint: Endpoint, address: PortalAddress & { context?: string }, admitted: Admitted | null, ip: string, now: Date): Admission {
  if (!admitted || !isForThisPortal(admitted.facts, address)) return stranger(address);
  const { facts, standing } = admitted;
  if (!standing.access.allowed) {
    endpoint.background.run("a refusal could not be recorded", () => recordRefusal(endpoint, facts, standing, ip, now));
    return { kind: "refused", message: refusal(facts, standing, address) };
  }
  endpoint.lastUses.note(facts.grantId, now);
  return { kind: "admitted", caller: callerOf(facts, standing, ip, address.context) };
}

const stranger = (address: PortalAddress): Admission => ({ kind: "unauthenticated", challenge: challenge(address, "invalid_token") });

// The grant names the portal twice, by id and by resource; both must be the address that was called.
function isForThisPortal(facts: TokenFacts, { orgSlug, portalSlug }: PortalAddress): boolean {
  return facts.orgSlug === orgSlug && facts.portalSlug === portalSlug && facts.resource === portalResource(orgSlug, portalSlug);
}

function callerOf(facts: TokenFacts, { view, access, catalogue }: Standing, ip: string, context: string | undefined): Caller {
  const { grantId, holderId: id, personId, email, clientId } = facts;
  return { grantId, id, personId, email, clientId, clientName: clientLabel(facts), ip, access, view, catalogue, context: contextModeOf(view.portal, context) };
}

function refusal({ email, personId }: TokenFacts, { view }: Standing, { orgSlug, portalSlug }: PortalAddress): string {
  const ask = view.portal.contact ? ` Ask ${view.portal.contact}.` : "";
  // Nothing but the portal's switch keeps out a service token that is bound to it.
  if (personId === null) return `This portal is switched off.${ask}`;
  return `The policies of this portal do not admit the account ${email}.${ask} See ${issuer()}/connect/${orgSlug}/${portalSlug}`;
}

async function recordRefusal(endpoint: Endpoint, facts: TokenFacts, { access, view }: Standing, ip: string, now: Date): Promise<void> {
  if (!endpoint.refused.isDue(facts.grantId, now)) return;
  await recordAccess(endpoint.db, now, {
    kind: "portal_refused",
    outcome: "refused",
    reason: access.policyName ? `policy \`${access.policyName}\`` : access.by === "portal" ? "no policy admits this account" : access.by,
    orgId: facts.orgId,
    personId: facts.holderId,
    email: facts.email,
    portalId: facts.portalId,
    portalName: view.portal.name,
    clientId: facts.clientId,
    clientName: clientLabel(facts),
    correlationId: facts.correlationId || null,
    ip,
  });
}
