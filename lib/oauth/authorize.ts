import { addressPrefix } from "@/lib/auth/client-address";
import { authorizations } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken, newId, newReference, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { findPortal } from "@/lib/portals/view";
import { hit } from "@/lib/throttle/throttle";
import { printable, type Refusal, refuse, withReference } from "./answer";
import { authorizeChecks } from "./authorize-checks";
import { recordAsked, recordRefusal } from "./authorize-record";
import { admitsClient } from "./client-rules";
import { type Client, type ClientSource, findClient } from "./clients";
import { type Parameters, readParameters } from "./parameters";
import { matchesRegistered, redirectHost, redirectUriProblem, withParameters } from "./redirect-uri";
import { grantedScope } from "./scope";
import { issuer, portalOfResource, portalResource } from "./urls";

export type AuthorizeRequest = {
  search: URLSearchParams;
  /** The value of the browser cookie, if it has one. */
  browser: string | null;
  ip: string;
  userAgent: string;
};

/**
 * `local`: shown to the person by us, since nothing proves that the redirect URI is the client's (OA-06), or because only a
 * person can mend it. `redirect`: an error the client gets. `consent`: all is well, the person decides.
 */
export type AuthorizeOutcome =
  | { kind: "local"; refusal: Refusal; reference: string }
  | { kind: "redirect"; location: string }
  | { kind: "consent"; location: string; browser: string };

type Portal = NonNullable<Awaited<ReturnType<typeof findPortal>>>;
type Proven = { client: Client; redirectUri: string };
/** One request on its way through the checks. */
type Journey = AuthorizeRequest & { db: Database; given: Parameters; now: Date; portal: Portal | null; reference: string };

/** The authorization request, from the first check to the transaction that waits for the person. */
export async function authorize(db: Database, request: AuthorizeRequest, source: ClientSource, now: Date): Promise<AuthorizeOutcome> {
  const given = readParameters(request.search);
  const resource = given.one("resource");
  const slugs = resource ? portalOfResource(resource) : null;
  const portal = slugs && (await findPortal(db, slugs.orgSlug, slugs.portalSlug));
  const journey: Journey = { ...request, db, given, now, portal, reference: newReference() };

  const proven = await proveClient(journey, source);
  if ("error" in proven) return local(journey, proven);
  // The first place where the organization is known, and before anything is sent to an address that it does not list.
  if (portal && !(await admitsClient(db, { orgId: portal.orgId, clientId: proven.client.id, redirectUri: proven.redirectUri }))) {
    return local(journey, notListed(proven, portal), proven.client, "client_not_listed");
  }
  for (const check of authorizeChecks) {
    const refusal = check(given);
    if (refusal) return redirectError(journey, proven, refusal);
  }
  if (!resource) return local(journey, missingResource, proven.client);
  if (!portal) return redirectError(journey, proven, refuse("invalid_target", "`resource` is not the address of a portal here"));
  return waitForPerson(journey, proven, portal);
}

const missingResource = refuse(
  "invalid_target",
  "the app did not say which portal it wants (`resource`, RFC 8707). Update the app, and connect it with the portal's full address",
);

function notListed({ client, redirectUri }: Proven, { orgName, portalContact }: Portal): Refusal {
  const app = `the app that calls itself ${client.name} and returns to ${redirectHost(redirectUri)}`;
  return refuse(
    "unauthorized_client",
    `${orgName} lists the apps that may be connected, and ${app} is not among them. Ask ${portalContact || `the admins of ${orgName}`} to list it`,
  );
}

/** OA-06, OA-07: until both are proven nothing may be sent to the redirect URI. */
async function proveClient({ db, given, ip, now }: Journey, source: ClientSource): Promise<Proven | Refusal> {
  const clientId = given.one("client_id");
  if (!clientId) return refuse("invalid_client", "the app did not say, once, who it is (`client_id`)");
  const client = await findClient(db, clientId, source, ip, now);
  if (!client) return refuse("invalid_client", "this app is not known here. Remove the connection in the app and add it again");
  const redirectUri = given.one("redirect_uri");
  if (!redirectUri) return refuse("invalid_redirect_uri", "the app did not say, once, where to return to (`redirect_uri`)");
  if (!matchesRegistered(redirectUri, client.redirectUris) || redirectUriProblem(redirectUri, source.nativeRedirects) !== null) {
    return refuse("invalid_redirect_uri", "the app wants to return to an address it never registered");
  }
  return { client, redirectUri };
}

const tooMany = refuse("temporarily_unavailable", "too many apps were connected from your network within the hour; try again later");

async function waitForPerson(journey: Journey, { client, redirectUri }: Proven, portal: Portal): Promise<AuthorizeOutcome> {
  const { db, given, now } = journey;
  const room = await hit(db, `oauth-waiting:${addressPrefix(journey.ip)}`, { limit: limits.authorizationsPerPrefixPerHour, windowSeconds: 3_600 }, now);
  if (!room.allowed) return local(journey, tooMany, client, "too_many");
  const token = newToken("ghz");
  // One value a browser, so that requests in several tabs do not end each other.
  const browser = journey.browser && /^ghb_[A-Za-z0-9_-]{43}$/.test(journey.browser) ? journey.browser : newToken("ghb");
  await db.insert(authorizations).values({
    id: newId("azn", now.getTime()),
    tokenHash: hashToken(token),
    browserHash: hashToken(browser),
    clientId: client.id,
    orgId: portal.orgId,
    portalId: portal.portalId,
    redirectUri,
    resource: portalResource(portal.orgSlug, portal.portalSlug),
    scope: grantedScope,
    state: given.one("state") ?? null,
    codeChallenge: given.one("code_challenge") ?? "",
    correlationId: journey.reference,
    createdAt: now,
    expiresAt: new Date(now.getTime() + limits.authorizationSeconds * 1_000),
  });
  await recordAsked(journey, client);
  return { kind: "consent", location: `${issuer()}/oauth/consent?tx=${token}`, browser };
}

async function redirectError(journey: Journey, { client, redirectUri }: Proven, refusal: Refusal): Promise<AuthorizeOutcome> {
  await recordRefusal(journey, refusal, client);
  const description = printable(withReference(refusal.description, journey.reference));
  const parameters = { error: refusal.error, error_description: description, state: journey.given.one("state"), iss: issuer() };
  return { kind: "redirect", location: withParameters(redirectUri, parameters) };
}

async function local(journey: Journey, refusal: Refusal, client?: Client, reason?: string): Promise<AuthorizeOutcome> {
  await recordRefusal(journey, refusal, client, reason);
  return { kind: "local", refusal, reference: journey.reference };
}
