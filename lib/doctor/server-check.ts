import type { OrgContext } from "@/lib/auth/context";
import { authPorts, loadConnection } from "@/lib/connections/connection";
import { getServerOAuth } from "@/lib/connections/queries";
import { loadTarget } from "@/lib/connections/target";
import type { Egress } from "@/lib/egress/request";
import { inspectUpstream } from "@/lib/mcp/upstream";
import { type Challenge, readChallenge, type UpstreamConnection } from "@/lib/mcp/upstream-auth";
import { isMissing, isUpstreamFailure, type UpstreamTarget } from "@/lib/mcp/upstream-types";
import { opening } from "./opening";
import type { Fix, Walked } from "./report";
import { asSentence } from "./sentence";
import { authenticationOutcome, issuerOutcome, pkceOutcome, registrationOutcome, resourceOutcome } from "./server-sign-in";
import { type Outcome, passed, Walk, type WalkLimits } from "./walk";

type Server = { id: string; name: string; url: string; auth: "none" | "bearer" | "headers" | "oauth"; transport: "streamable_http" | "sse" | null };
type Place = { ctx: OrgContext; server: Server; egress: Egress; settings: Fix; connections: Fix };

const titles = {
  reach: "Reach the server",
  resource: "Read the server’s description",
  issuer: "Read the sign-in service’s description",
  pkce: "PKCE",
  registration: "How Gatehouse is known there",
  authentication: "How Gatehouse proves that",
  credential: "The shared credential",
  answers: "Ask with it",
} as const;

/** Everything between Gatehouse and a server, from our side. Nothing is registered and nobody signed in; a token that is due is renewed as any call would. */
export async function walkToServer(server: Server, ctx: OrgContext, egress: Egress, limits: WalkLimits): Promise<Walked> {
  const walk = new Walk(titles, limits);
  const path = `/admin/${ctx.org.slug}/servers/${server.id}`;
  const settings = { path: `${path}/settings`, label: "Open the settings" };
  const place: Place = { ctx, server, egress, settings, connections: { path: `${path}/connections`, label: "Open its connections" } };
  await along(walk, place);
  return { id: server.id, name: server.name, reference: null, steps: walk.steps() };
}

async function along(walk: Walk<keyof typeof titles>, place: Place): Promise<void> {
  const { ctx, server } = place;
  const reached = await walk.step("reach", (signal) => reachOutcome(place, signal));
  if (!reached) return;
  const connection = server.auth === "oauth" ? await loadConnection(ctx.db, { orgId: ctx.org.id, serverId: server.id, personId: null }) : null;
  if (connection) await signIn(walk, place, connection, reached.challenge);
  else for (const id of signInSteps) walk.skip(id, server.auth === "none" ? "It is asked without a credential." : "It takes a key, not a sign-in.");
  // A service that is unwell does not make the tokens bad that are there.
  const target = await walk.step("credential", () => credentialOutcome(place));
  if (target) await walk.step("answers", (signal) => answersOutcome(place, target, signal));
}

const signInSteps = ["resource", "issuer", "pkce", "registration", "authentication"] as const;

async function signIn(walk: Walk<keyof typeof titles>, { settings }: Place, connection: UpstreamConnection, challenge: Challenge | null): Promise<void> {
  const ports = authPorts();
  let found = connection.manual ? { server: connection.manual, announcesS256: true } : null;
  if (found) for (const id of ["resource", "issuer", "pkce"] as const) walk.skip(id, "Its endpoints were entered by hand in the settings.");
  else {
    const described = await walk.step("resource", () => resourceOutcome(connection, challenge, ports));
    found = described && (await walk.step("issuer", () => issuerOutcome(described.issuer, ports)));
    if (!found || !(await walk.step("pkce", async () => pkceOutcome(found?.announcesS256 ?? false, connection, settings)))) return;
  }
  const { server } = found;
  const known = await walk.step("registration", () => registrationOutcome(connection, server, settings));
  if (known) await walk.step("authentication", async () => authenticationOutcome(known.authentication, server, settings));
}

/** Without any credential: whether somebody is there, and what they want. */
async function reachOutcome({ server, egress, settings }: Place, signal: AbortSignal): Promise<Outcome<{ challenge: Challenge | null }>> {
  const { body, headers } = opening({ opens: "initialize", name: "Gatehouse" });
  const request = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) } as const;
  const response = await egress(server.url, { ...request, signal, maxBytes: 1_048_576, showsRedirects: true });
  response.dump();
  const { status } = response;
  const challenge = readChallenge(response.headers["www-authenticate"]);
  if (status >= 300 && status < 400) return { failed: "It answers with a redirect, which is not followed. Enter the address that it leads to.", fix: settings };
  // A server of 2024-11-05 knows no POST here.
  if (status === 404 && server.transport !== "sse") return { failed: "Somebody answers, but has nothing at this path (404). Look at the URL.", fix: settings };
  if (status >= 500) return { failed: `It answers with ${status}: it is there, and unwell.` };
  const wants = status === 401 || status === 403;
  if (server.auth === "none" && wants) return { failed: `It wants a credential (${status}), and the settings have none.`, fix: settings };
  if (server.auth === "oauth" && wants && !challenge)
    return answer(challenge, `It answers with ${status} and does not say where to sign in; the usual addresses are tried.`);
  return answer(challenge, wants ? `It answers, and wants a credential (${status}).` : `It answers without a credential (${status}).`);
}

const answer = (challenge: Challenge | null, words: string) => ({ passed: words, value: { challenge } });

async function credentialOutcome({ ctx, server, connections, settings }: Place): Promise<Outcome<UpstreamTarget>> {
  const target = await loadTarget(ctx.db, ctx.org.id, server.id, null);
  if (!target) return { failed: "The server is gone." };
  if (isMissing(target)) return { failed: asSentence(target.person), fix: connections };
  if (server.auth === "none") return { passed: "None is needed.", value: target };
  if (server.auth !== "oauth") {
    const hasKey = Object.keys(target.headers).length > 0;
    return hasKey ? { passed: "A key is stored.", value: target } : { failed: "No key is stored.", fix: settings };
  }
  const { shared } = await getServerOAuth(ctx, server.id);
  const ends = shared?.forecast.kind === "ends" ? `it ends at ${shared.forecast.expiresAt.toISOString()} and cannot be renewed` : null;
  const until = ends ?? (shared?.forecast.kind === "open" ? "nobody has said that it ends" : "it is renewed without anybody");
  if (shared?.state === "reconnect")
    return { failed: asSentence(shared.problem ?? "the connection has ended; the account has to be connected again"), fix: connections };
  const problem = shared?.problem ? ` Last time: ${shared.problem}.` : "";
  return { passed: `Connected as ${shared?.label ?? "the shared account"}; ${until}.${problem}`, value: target };
}

async function answersOutcome({ connections, settings, server }: Place, target: UpstreamTarget, signal: AbortSignal): Promise<Outcome<true>> {
  try {
    const { era, protocolVersion, tools } = await inspectUpstream(target, { signal });
    const kind = era === "modern" ? "without sessions" : "with sessions";
    return passed(`It speaks MCP ${protocolVersion}, ${kind}, and lists ${tools.length} ${tools.length === 1 ? "tool" : "tools"}.`);
  } catch (error) {
    if (!isUpstreamFailure(error)) throw error;
    const fix = server.auth === "oauth" ? connections : settings;
    return { failed: asSentence(error.person), fix };
  }
}
