import { setTimeout as pause } from "node:timers/promises";
import { issuer } from "@/lib/oauth/urls";
import { elsewhere } from "./front-door";
import type { Http, Reply } from "./http";
import { listing, opening } from "./opening";
import type { ClientProfile } from "./profiles";
import { refusalWords } from "./refusal-words";
import type { Stage } from "./stage";
import { type Outcome, passed } from "./walk";

export type Pair = { access: string; refresh: string };

/** The code becomes tokens. */
export async function tokenOutcome({ portal }: Stage, { redirectUri }: ClientProfile, http: Http, given: { clientId: string; code: string; verifier: string }) {
  const { clientId, code, verifier } = given;
  const form = { grant_type: "authorization_code", code, code_verifier: verifier, client_id: clientId, redirect_uri: redirectUri, resource: portal.url };
  return pairIn(
    await http.postForm(`${issuer()}/oauth/token`, form),
    "The code became an access token and a refresh token. These last 5 minutes, those of an app as long as the portal’s settings say.",
  );
}

/** The refresh token becomes the next pair. */
export async function refreshOutcome({ portal }: Stage, http: Http, clientId: string, { refresh }: Pair) {
  const form = { grant_type: "refresh_token", refresh_token: refresh, client_id: clientId, resource: portal.url };
  return pairIn(await http.postForm(`${issuer()}/oauth/token`, form), "The app renews its access without its person.");
}

function pairIn(reply: Reply, words: string): Outcome<Pair> {
  const { access_token: access, refresh_token: refresh } = reply.json ?? {};
  if (reply.json?.error) return { failed: `The token endpoint refused: ${refusalWords(reply)}` };
  if (reply.status !== 200 || typeof access !== "string" || typeof refresh !== "string") {
    return { failed: `The token endpoint answered ${reply.status} without tokens. ${elsewhere(reply)}` };
  }
  // Kept by a cache, they would be handed to the next who asks.
  if (!reply.headers["cache-control"]?.includes("no-store"))
    return { failed: "The answer with the tokens lacks `Cache-Control: no-store`. A proxy in between changes it." };
  return { passed: words, value: { access, refresh } };
}

/** The first two messages with the token. */
export async function callOutcome({ portal }: Stage, profile: ClientProfile, http: Http, { access }: Pair): Promise<Outcome<true>> {
  const first = opening(profile, access);
  const opened = await http.postJson(portal.url, first.body, first.headers);
  if (opened.status === 401) {
    return { failed: "The portal does not know the token that it was just given. A proxy in between removes the `Authorization` header." };
  }
  if (opened.status !== 200 || !opened.json?.result) return { failed: `\`${profile.opens}\` was answered with ${opened.status}. ${elsewhere(opened)}` };
  const sessionId = opened.headers["mcp-session-id"];
  if (profile.opens === "initialize" && !sessionId) return { failed: "The answer has no `Mcp-Session-Id`. A proxy in between removes it." };
  const second = listing(profile, access, sessionId);
  const listed = await http.postJson(portal.url, second.body, second.headers);
  const tools = (listed.json?.result as { tools?: unknown } | undefined)?.tools; // Looked at on the next line.
  if (listed.status !== 200 || !Array.isArray(tools)) return { failed: `\`tools/list\` was answered with ${listed.status}. ${elsewhere(listed)}` };
  if (sessionId) await http.delete(portal.url, { ...second.headers, "mcp-session-id": sessionId });
  const none = tools.length === 0 ? " Assign servers and switch tools on, and they appear." : "";
  return passed(`\`${profile.opens}\` and \`tools/list\` went through: you get ${tools.length} ${tools.length === 1 ? "tool" : "tools"}.${none}`);
}

/** The app signs out, and is out within a second: as long as another process may take to hear of it (design 4.16). */
export async function revokeOutcome(
  { portal }: Stage,
  profile: ClientProfile,
  http: Http,
  clientId: string,
  { access, refresh }: Pair,
): Promise<Outcome<true>> {
  const reply = await http.postForm(`${issuer()}/oauth/revoke`, { token: refresh, token_type_hint: "refresh_token", client_id: clientId });
  if (reply.status !== 200) return { failed: `The revocation was answered with ${reply.status}: ${refusalWords(reply)}` };
  const { headers, body } = listing(profile, access, undefined);
  const until = performance.now() + heardWithinMs;
  let after = await http.postJson(portal.url, body, headers);
  while (after.status === 200 && performance.now() < until) {
    await pause(100);
    after = await http.postJson(portal.url, body, headers);
  }
  return after.status === 401
    ? passed("After signing out, the token opens nothing any more.")
    : { failed: `After signing out, the token still gets ${after.status}.` };
}

const heardWithinMs = 1_000;
