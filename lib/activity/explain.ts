import type { CallOutcome } from "@/drizzle/schema/activity";
import { isServiceTokenId } from "@/lib/service-token-id";

/** What the sentence needs of a call; every name in it was copied when the call was made. */
export type Explainable = {
  personId?: string | null;
  method: string;
  capabilityKind: string | null;
  capabilityName: string | null;
  requestedName: string | null;
  serverName: string | null;
  portalName: string;
  decision: "allowed" | "denied";
  decidedBy: string | null;
  policyName: string | null;
  outcome: CallOutcome;
  errorCode: number | null;
  errorMessage: string | null;
  durationMs: number | null;
};

/** Why a call went the way it did, in words: who decided, then what happened. */
export function explainCall(call: Explainable): string {
  return `${call.decision === "denied" ? denial(call) : `${admission(call)} ${ending(call)}`}`.trim();
}

function admission(call: Explainable): string {
  if (call.decidedBy === "service_token") return `Allowed: this service token is bound to the portal ${call.portalName}.`;
  if (!call.policyName) return "Allowed.";
  return call.decidedBy === "server"
    ? `Allowed: the policy “${call.policyName}” of ${server(call)} lets this person in.`
    : `Allowed: the policy “${call.policyName}” of the portal ${call.portalName} lets this person in.`;
}

function denial(call: Explainable): string {
  const who = call.decidedBy === "server" ? `the server ${call.serverName ?? ""}`.trim() : `the portal ${call.portalName}`;
  switch (call.decidedBy) {
    case "portal":
    case "server":
      return call.policyName
        ? `Denied: the policy “${call.policyName}” of ${who} blocks this person.`
        : `Denied: no policy of ${who} lets this person in, and without one nobody gets in.`;
    case "toggle":
      return `Denied: ${thing(call)} is switched off in the portal ${call.portalName}.`;
    case "approval":
      return `Denied: ${thing(call)} is new or has changed, and no admin has accepted its present form yet.`;
    case "service_token":
      return `Denied: ${server(call)} has policies of its own. They speak of people, so no service token gets in.`;
    case "grant":
      return `Denied: ${caller(call)} has switched ${server(call)} off for this app.`;
    case "block":
      return "Denied: this organization blocks this person.";
    case "disabled":
      return `Denied: the portal ${call.portalName} is switched off.`;
    case "unverified":
      return "Denied: this person has not confirmed their e-mail address.";
    default:
      return call.outcome === "unknown" || call.decidedBy === "none" ? unknownName(call) : `Denied${because(call)}.`;
  }
}

function ending(call: Explainable): string {
  const took = call.durationMs === null ? "" : ` after ${milliseconds(call.durationMs)}`;
  switch (call.outcome) {
    case "ok":
      return `It was answered${took}.`;
    case "input_required":
      return `${capitalised(server(call))} asked for something first${took}; the client comes back with the answer in a call of its own.`;
    case "tool_error":
      return `The tool itself reported an error${took}; the client got its text.`;
    case "denied":
      return denial(call);
    case "unknown":
      return unknownName(call);
    case "upstream_error":
      return `${capitalised(server(call))} answered with an error${code(call)}${because(call)}.`;
    case "unreachable":
      return `${capitalised(server(call))} could not be reached${because(call)}.`;
    case "timeout":
      return `${capitalised(server(call))} did not answer in time${took ? `, given up${took}` : ""}. It may still have done the work.`;
    case "cancelled":
      return `The client gave up${took}. The server may still have done the work.`;
    case "interrupted":
      return "Gatehouse stopped while this call was open, so its end is not known. The server may have done the work.";
    case "refused":
      return `Gatehouse refused the request${code(call)}${because(call)}.`;
    case "pending":
      return "It is still open.";
  }
}

const unknownName = (call: Explainable) =>
  `${capitalised(caller(call))} has nothing called ${call.requestedName ? `“${call.requestedName}”` : "that"} in the portal ${call.portalName}: misspelt, renamed or never there.`;
const caller = (call: Explainable) => (isServiceTokenId(call.personId) ? "this service token" : "this person");
const server = (call: Explainable) => (call.serverName ? `the server ${call.serverName}` : "the server");
const thing = (call: Explainable) => `the ${call.capabilityKind ?? "tool"} “${call.capabilityName ?? call.requestedName ?? "?"}”`;
const code = (call: Explainable) => (call.errorCode === null ? "" : ` (code ${call.errorCode})`);
const because = (call: Explainable) => (call.errorMessage ? `: ${(causes[call.errorMessage] ?? call.errorMessage).replace(/[.\s]+$/, "")}` : "");
const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The short words under which the gateway notes why an upstream gave no answer. */
const causes: Record<string, string> = {
  "no account": "each person uses an account of their own there, and a service token has none",
  blocked: "its address is not one that Gatehouse may connect to",
  dns: "its name does not resolve",
  refused: "it refused the connection",
  tls: "its certificate was not accepted",
  reset: "it broke the connection off",
  redirect: "it answered with a redirect, and Gatehouse follows none",
  encoding: "it answered in an encoding nobody asked for",
  too_large: "its answer was too large",
  aborted: "the request was given up",
  invalid_url: "its URL is not valid",
};

/** `4 ms`, `1.2 s`, `3 min`. */
export function milliseconds(ms: number): string {
  if (ms < 1) return "under 1 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
