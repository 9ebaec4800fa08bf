import type { Caller } from "@/lib/gateway/ports";
import { peers } from "@/lib/peers";
import { type Answer, accepted, failed } from "./answers";
import type { Message, RpcRequest } from "./frame";
import { eraOf, mirrorProblem } from "./frame-headers";
import type { Incoming, LegacyRequest } from "./incoming";
import { noMethod } from "./noted";
import { isLegacyOnly, serveLegacy } from "./serve-legacy";
import { isModernMethod, serveModern } from "./serve-modern";
import type { ServePorts } from "./serve-ports";
import type { LiveSession } from "./sessions/live-session";
import { sessionOf } from "./sessions/session-header";
import { modernVersions } from "./versions";

/** One admitted POST, in whichever era it speaks. Every request that gets here leaves one row. */
export function serve(ports: ServePorts, caller: Caller, incoming: Incoming): Answer | Promise<Answer> {
  const { message, header } = incoming;
  if (message.kind === "bad") return failed(message.id, { ...message.error, status: 400 });
  if (message.kind !== "request") return hear(ports, caller, incoming, message);
  const verdict = eraOf(message, header);
  if ("error" in verdict) return failed(message.id, { ...verdict.error, status: verdict.status });
  if (verdict.era === "modern") {
    // Method existence goes before the mirror headers, as in the ladder of the SDK.
    if (!isModernMethod(message.method)) return failed(message.id, { ...noMethod, status: 404 });
    const problem = mirrorProblem(message, header);
    if (problem) return failed(message.id, { ...problem, status: 400 });
    return serveModern(requestOf(ports, caller, incoming, message, verdict.version, null));
  }
  const inSession = (session: LiveSession | null | Answer) => {
    if (session && "status" in session) return session;
    return serveLegacy(requestOf(ports, caller, incoming, message, session?.row.protocolVersion ?? verdict.version, session));
  };
  const named = isLegacyOnly(message.method) ? null : sessionOf(ports, caller, header);
  return named instanceof Promise ? named.then(inSession) : inSession(named);
}

// Named one by one, since this runs for every request.
function requestOf(ports: ServePorts, caller: Caller, incoming: Incoming, message: RpcRequest, version: string, session: LiveSession | null): LegacyRequest {
  const { bytes, header, startedAt, signal, readmit, cancellations } = incoming;
  return { ports, caller, message, version, bytes, header, startedAt, signal, readmit, cancellations, session };
}

/** Notifications and answers: nothing comes back but that they were taken. */
async function hear(ports: ServePorts, caller: Caller, { header, cancellations }: Incoming, message: Exclude<Message, { kind: "request" }>): Promise<Answer> {
  // The new era has neither sessions nor questions, and cancels by leaving.
  if (modernVersions.includes(header("mcp-protocol-version")?.trim() ?? "")) return accepted;
  const session = await sessionOf(ports, caller, header);
  if (session && "status" in session) return session;
  if (message.kind === "response") {
    // The process that asked may have given up its place to this one, and still wait for the answer.
    const { id, answer } = message;
    if (session && id !== null && !session.answer(id, answer)) peers().tell({ kind: "answered", sessionId: session.id, askId: id, answer });
  } else if (message.method === "notifications/cancelled") cancellations.cancel(session?.id ?? caller.grantId, message.params.requestId);
  else if (message.method === "notifications/roots/list_changed" && session)
    ports.tell(caller.view.org.id, `session ${session.id}`, { method: message.method, params: {} });
  return accepted;
}
