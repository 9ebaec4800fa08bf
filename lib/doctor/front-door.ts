import { isEgressError } from "@/lib/egress/errors";
import { env } from "@/lib/env";
import { readChallenge } from "@/lib/mcp/upstream-auth";
import { authorizationServerMetadata, protectedResourceMetadata } from "@/lib/oauth/metadata";
import { issuer, resourceMetadataUrl } from "@/lib/oauth/urls";
import type { Http, Reply } from "./http";
import { opening } from "./opening";
import type { ClientProfile } from "./profiles";
import type { Stage } from "./stage";
import { type Outcome, passed } from "./walk";

const outsideMs = 2_000;

/** Whether the app can get to the portal's address at all. */
export async function addressOutcome({ ports }: Stage, { name, from }: ClientProfile, signal: AbortSignal): Promise<Outcome<true>> {
  const { publicUrl, isLoopback } = env();
  if (from === "computer") {
    const words = isLoopback ? "That is the machine on which Gatehouse itself runs; apps elsewhere cannot reach it." : "Each person's machine has to reach it.";
    return passed(`${name} asks ${publicUrl} from the person's own machine. ${words}`);
  }
  if (isLoopback) return { failed: `${name} asks from its vendor's servers, and ${publicUrl} is this machine alone. Set \`PUBLIC_URL\` to an https address.` };
  const wrong = await ports.outside(`${publicUrl}/livez`, { method: "GET", signal, maxBytes: 65_536, showsRedirects: true, totalTimeoutMs: outsideMs }).then(
    (response) => response.dump(),
    (error) => (isEgressError(error) ? error.cause_ : Promise.reject(error)),
  );
  // From here the name may be looked up differently than from outside, and the way back in may be closed; only an address that is private everywhere is sure.
  if (wrong === "blocked") return { failed: `${name} asks from its vendor's servers, and the name in ${publicUrl} leads into a private network.` };
  const port = new URL(publicUrl).port;
  return passed(`${name} asks ${publicUrl} from its vendor's servers${port ? `; some of them reach port 443 only, and this is ${port}` : ""}.`);
}

/** The first request, without a token: it has to be refused with the way to the sign-in. */
export async function challengeOutcome(
  { org, portal }: Stage,
  profile: ClientProfile,
  http: Http,
): Promise<Outcome<{ metadataUrl: string; scopes: readonly string[] }>> {
  const { body, headers } = opening(profile);
  const reply = await http.postJson(portal.url, body, headers);
  if (reply.status === 403) return { failed: `The answer is 403 instead of 401: ${forbidden(reply)}` };
  if (reply.status !== 401) return { failed: `The answer is ${reply.status} instead of 401. ${elsewhere(reply)}` };
  const challenge = readChallenge(reply.headers["www-authenticate"]);
  const expected = resourceMetadataUrl(org.slug, portal.slug);
  if (!challenge) return { failed: "The answer is 401, but its `WWW-Authenticate` header is missing. A proxy in between removes it or answers by itself." };
  if (challenge.resourceMetadata !== expected) return { failed: differs("resource_metadata", challenge.resourceMetadata, expected) };
  return { passed: "It is refused with 401, and told where to sign in.", value: { metadataUrl: expected, scopes: challenge.scopes } };
}

/** RFC 9728: what the portal says about itself. */
export async function resourceOutcome({ org, portal }: Stage, profile: ClientProfile, http: Http, url: string): Promise<Outcome<true>> {
  const expected = protectedResourceMetadata({ orgSlug: org.slug, portalSlug: portal.slug, portalName: portal.name });
  return documentOutcome(await http.get(url), expected, profile, `It is for ${portal.url}, and people sign in at ${issuer()}.`);
}

/** RFC 8414: what the sign-in offers. */
export async function metadataOutcome(profile: ClientProfile, http: Http): Promise<Outcome<true>> {
  const words = "The addresses for signing in, PKCE with S256 and public clients are announced.";
  return documentOutcome(await http.get(`${issuer()}/.well-known/oauth-authorization-server`), authorizationServerMetadata(), profile, words);
}

/** We know what we say, so whatever arrives otherwise was changed on the way, or comes from somebody else. */
function documentOutcome(reply: Reply, expected: Record<string, unknown>, { needsCors }: ClientProfile, words: string): Outcome<true> {
  if (reply.status !== 200 || !reply.json) return { failed: `The answer is ${reply.status}${reply.json ? "" : " and no JSON"}. ${elsewhere(reply)}` };
  for (const [field, value] of Object.entries(expected)) {
    if (JSON.stringify(reply.json[field]) !== JSON.stringify(value)) return { failed: differs(field, reply.json[field], value) };
  }
  if (needsCors && reply.headers["access-control-allow-origin"] !== "*") {
    return { failed: "The header `Access-Control-Allow-Origin` is missing, so a page of another origin cannot read it. A proxy in between removes it." };
  }
  return passed(words);
}

const differs = (field: string, found: unknown, expected: unknown) =>
  `\`${field}\` is ${shown(found)} and should be ${shown(expected)}. A proxy in between rewrites or keeps answers, or another installation answers at this address.`;

const shown = (value: unknown) => (value === undefined || value === null ? "missing" : `\`${JSON.stringify(value).slice(0, 200).replaceAll("`", "'")}\``);

export function elsewhere({ status, headers }: Reply): string {
  if (status >= 300 && status < 400) return "Something in between redirects; `PUBLIC_URL` must be the address that it leads to.";
  if (status === 404 || status === 405) return "Something else answers at `PUBLIC_URL`, or a proxy does not pass this path on.";
  if (status === 429) return "Too many requests in a short time, or a proxy in between limits them.";
  if (status >= 500) return "A proxy in between does not reach Gatehouse, or Gatehouse has a fault; its log says which.";
  return headers["content-type"]?.includes("html")
    ? "It is a web page: something in between asks for a sign-in of its own, or another site answers."
    : "Something else answers.";
}

const forbidden = ({ text }: Reply) =>
  text.includes("not the name under which")
    ? "Gatehouse is asked under another name than `PUBLIC_URL`. The proxy has to pass the `Host` header on as it is."
    : "a firewall in between takes the app for a robot, or refuses its kind of request. It has to let `/mcp`, `/oauth` and `/.well-known` through.";
