import { and, eq, gt, isNull } from "drizzle-orm";
import { grants, organizations, portals } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { Database } from "@/lib/db/types";
import { limits } from "@/lib/limits";
import { hit } from "@/lib/throttle/throttle";
import { type OAuthAnswer, type Refusal, refuse } from "./answer";
import { refusedForm } from "./client-form";
import { lifetimesOf } from "./lifetimes";
import { mintAccess } from "./mint";
import type { Parameters } from "./parameters";
import { unknownScope } from "./scope";
import { machineFacts, refusedMachine, type Sender, type ServiceToken } from "./service-token";
import { portalOfResource, portalResource } from "./urls";

/** A token request of a service token that has proven itself. */
export type MachineRequest = { given: Parameters; serviceToken: ServiceToken; from: Sender };

/** RFC 6749 section 4.4: an access token for one of the portals that the service token is bound to; never a refresh token (section 4.4.3). */
export async function clientCredentials(db: Database, { given, serviceToken, from }: MachineRequest, now: Date): Promise<OAuthAnswer> {
  const refused = async (refusal: Refusal, portal?: { portalId: string; portalName: string }) =>
    refusedForm(await refusedMachine(db, serviceToken, refusal, from, now, portal));
  const problem = problemOf(given);
  if (problem) return refused(problem);
  const bound = await boundPortal(db, serviceToken, given.one("resource") ?? "", now);
  if (!bound) return refused(refuse("invalid_target", "this service token is not bound to the portal that `resource` names"));
  if (!bound.enabled) return refused(refuse("invalid_target", "this portal is switched off"), bound);
  const issues = await hit(db, `service-token-issued:${serviceToken.id}`, { limit: limits.serviceTokenIssuesPerHour, windowSeconds: 3_600 }, now);
  if (!issues.allowed) return refused(refuse("temporarily_unavailable", "too many access tokens; keep one until it expires"), bound);
  const answer = await db.transaction((tx) => issue(tx, serviceToken, bound, from, now));
  return answer ?? refused(refuse("invalid_client", "this service token is revoked"), bound);
}

function problemOf(given: Parameters): Refusal | null {
  const grantType = given.one("grant_type");
  if (!grantType) return refuse("invalid_request", "`grant_type` is missing");
  if (grantType !== "client_credentials") return refuse("unauthorized_client", "a service token may use the grant type `client_credentials` only");
  const unknown = unknownScope(given.one("scope"));
  if (unknown) return refuse("invalid_scope", `scope \`${unknown.slice(0, 60)}\` is not offered here`);
  return given.one("resource") ? null : refuse("invalid_target", "`resource` is missing: send the URL of a portal that this service token is bound to");
}

type Bound = { grantId: string; portalId: string; portalName: string; enabled: boolean; resource: string };

/** The grant that binds the token to the portal of this address. By its slugs: what the grant calls its resource is of when it was made. */
async function boundPortal(db: Database, token: ServiceToken, resource: string, now: Date): Promise<Bound | null> {
  const named = portalOfResource(resource);
  if (!named) return null;
  const [found] = await db
    .select({ grantId: grants.id, portalId: portals.id, portalName: portals.name, enabled: portals.enabled })
    .from(grants)
    .innerJoin(organizations, eq(organizations.id, grants.orgId))
    .innerJoin(portals, and(eq(portals.orgId, grants.orgId), eq(portals.id, grants.portalId)))
    .where(
      and(
        eq(grants.orgId, token.orgId),
        eq(grants.serviceTokenId, token.id),
        eq(organizations.slug, named.orgSlug),
        eq(portals.slug, named.portalSlug),
        live(now),
      ),
    )
    .limit(1);
  return found ? { ...found, resource: portalResource(named.orgSlug, named.portalSlug) } : null;
}

const live = (now: Date) => and(isNull(grants.revokedAt), gt(grants.expiresAt, now));

/** Null when the token was revoked meanwhile: both write the grant's row, so they go one after the other. */
async function issue(
  tx: Database,
  token: ServiceToken,
  { grantId, portalId, portalName, resource }: Bound,
  from: Sender,
  now: Date,
): Promise<OAuthAnswer | null> {
  const [grant] = await tx
    .update(grants)
    .set({ lastUsedAt: now, resource })
    .where(and(eq(grants.orgId, token.orgId), eq(grants.id, grantId), live(now)))
    .returning({ id: grants.id, scope: grants.scope, expiresAt: grants.expiresAt });
  if (!grant) return null;
  const lifetimes = await lifetimesOf(tx, { orgId: token.orgId, portalId });
  await recordAccess(tx, now, { ...machineFacts(token), ...from, portalId, portalName, kind: "token_issued", outcome: "ok", correlationId: grantId });
  return { status: 200, body: await mintAccess(tx, grant, lifetimes, now) };
}
