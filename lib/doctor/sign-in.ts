import { createHash, randomBytes } from "node:crypto";
import { readBrowserCookie } from "@/lib/oauth/browser-cookie";
import { loadConsent } from "@/lib/oauth/consent";
import { decideConsent } from "@/lib/oauth/decide";
import { claimForDoctor, findRefusal } from "@/lib/oauth/doctor-visit";
import { scopesOffered } from "@/lib/oauth/scope";
import { issuer } from "@/lib/oauth/urls";
import { elsewhere } from "./front-door";
import type { Http, Reply } from "./http";
import type { ClientProfile } from "./profiles";
import { adminPath, portalPagePath, type Stage } from "./stage";
import type { Outcome } from "./walk";

export type Asked = { clientId: string; verifier: string; state: string };
/** A request that waits for the consent; `note` hears the reference of one that was refused, too. */
export type Waiting = { token: string; browser: string; reference: string };

export const newAsked = (clientId: string): Asked => {
  const random = () => randomBytes(32).toString("base64url");
  return { clientId, verifier: random(), state: random() };
};

/** The authorization request, as the browser of a person would bring it. */
export async function authorizeOutcome(
  stage: Stage,
  profile: ClientProfile,
  http: Http,
  asked: Asked & { scopes: readonly string[] },
  note: (reference: string) => void,
): Promise<Outcome<Waiting>> {
  const reply = await http.get(authorizeUrl(stage, profile, asked));
  const location = reply.headers.location ?? "";
  if (location.startsWith(profile.redirectUri)) return { failed: `The app gets an error back: ${errorIn(location)}` };
  const token = location.startsWith(`${issuer()}/oauth/consent?`) ? new URL(location).searchParams.get("tx") : null;
  if (!token) return refused(stage, profile, reply, note);
  const claimed = await claimForDoctor(stage.person.db, { orgId: stage.org.id, portalId: stage.portal.id, token });
  if (!claimed) return { failed: "The answer is from another installation, or one with another database." };
  note(claimed.reference);
  const browser = readBrowserCookie(reply.headers["set-cookie"] ?? null);
  if (!browser) return { failed: "The answer sets no cookie. A proxy in between removes `Set-Cookie`." };
  return { passed: "The request is accepted, and the person would be asked.", value: { token, browser, reference: claimed.reference } };
}

/** The consent page's question, answered by us for the admin who runs this; nobody else can be let in this way. */
export async function consentOutcome(
  stage: Stage,
  { redirectUri }: ClientProfile,
  { token, browser }: Waiting,
  { state }: Asked,
): Promise<Outcome<{ code: string }>> {
  const { email } = stage.person.person;
  const now = new Date();
  const visit = { token, browser, person: { ...stage.person, now, request: { ip: stage.person.request.ip, userAgent: "Gatehouse OAuth doctor" } } };
  const consent = await loadConsent(stage.person.db, visit, now);
  if (consent.kind === "unverified")
    return { failed: `Policies see confirmed addresses only, and ${email} is not confirmed.`, fix: { path: "/account", label: "Confirm it" } };
  if (consent.kind === "refused") return notAdmitted(stage, email);
  if (consent.kind !== "ask") return { failed: "The request could not be answered; run the check again." };
  const decision = await decideConsent(stage.person.db, { ...visit, csrf: consent.csrf, decision: "allow" }, now);
  if (decision.kind !== "redirect") return { failed: "The request could not be answered; run the check again." };
  const back = new URL(decision.location).searchParams;
  const code = back.get("code");
  const isWhole = code && back.get("state") === state && back.get("iss") === issuer() && decision.location.startsWith(redirectUri);
  if (!isWhole) return { failed: "The app would get back something other than it sent." };
  return { passed: `Gatehouse allowed it in your name, as ${email}; no page was shown.`, value: { code } };
}

function notAdmitted(stage: Stage, email: string): Outcome<never> {
  if (!stage.portal.enabled) return { failed: "The portal is switched off.", fix: { path: portalPagePath(stage, "/settings"), label: "Switch it on" } };
  const fix = { path: `${portalPagePath(stage, "/policies")}?email=${encodeURIComponent(email)}`, label: "See which policy decides" };
  return { failed: `Up to here all is well, but the portal's policies do not admit you (${email}), so the rest cannot be tried as you.`, fix };
}

function authorizeUrl(stage: Stage, profile: ClientProfile, { clientId, verifier, state, scopes }: Asked & { scopes: readonly string[] }): string {
  const wanted = profile.scopes === "offered" ? scopesOffered : profile.scopes === "challenge" ? scopes : [];
  const parameters = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: profile.redirectUri,
    resource: stage.portal.url,
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(wanted.length > 0 && { scope: wanted.join(" ") }),
  });
  return `${issuer()}/oauth/authorize?${parameters}`;
}

async function refused(stage: Stage, { name }: ClientProfile, reply: Reply, note: (reference: string) => void): Promise<Outcome<never>> {
  const reference = /ref_[0-9a-z]{10}/.exec(reply.text)?.[0];
  if (!reference) return { failed: `The answer is ${reply.status}, and not the consent page. ${elsewhere(reply)}` };
  note(reference);
  const found = await findRefusal(stage.person.db, stage.org.id, reference);
  if (found?.reason === "client_not_listed") {
    const fix = { path: adminPath(stage, "/settings/clients"), label: "Look at the list" };
    return { failed: `${stage.org.name} lists the apps that people may connect, and ${name} is not on the list.`, fix };
  }
  const description = typeof found?.detail?.description === "string" ? `: ${found.detail.description}` : "";
  return { failed: `The person would see that the app cannot be connected${description}.` };
}

function errorIn(location: string): string {
  const parameters = new URL(location).searchParams;
  return `\`${parameters.get("error") ?? "none"}\`, ${parameters.get("error_description") ?? "without a description"}.`;
}
