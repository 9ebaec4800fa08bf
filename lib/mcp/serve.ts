import type { Caller } from "@/lib/gateway/ports";
import { peers } from "@/lib/peers";
import { type Answer, accepted, failed } from "./answers";
import type { Message } from "./frame";
import { eraOf, mirrorProblem } from "./frame-headers";
import type { Incoming } from "./incoming";
import { noMethod } from "./noted";
import { isLegacyOnly, serveLegacy } from "./serve-legacy";
import { isModernMethod, serveModern } from "./serve-modern";
import type { ServePorts } from "./serve-ports";
import { sessionOf } from "./sessions/session-header";
import { modernVersions } from "./versions";

/** One admitted POST, in whichever era it speaks. Every request that gets here leaves one row. */
export async function serve(ports: ServePorts, caller: Caller, incoming: Incoming): Promise<Answer> {
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
    return serveModern({ ...incoming, ports, caller, message, version: verdict.version });
  }
  const named = isLegacyOnly(message.method) ? null : sessionOf(ports, caller, header);
  const session = named instanceof Promise ? await named : named;
  if (session && "status" in session) return session;
  return serveLegacy({ ...incoming, ports, caller, message, session, version: session?.row.protocolVersion ?? verdict.version });
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
