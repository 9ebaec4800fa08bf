import { randomUUID } from "node:crypto";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { AskToConnect } from "@/lib/gateway/call";
import type { ServerView } from "@/lib/gateway/types";
import { isObject, messageText, rpc } from "../frame";
import type { UpstreamReply } from "../upstream-types";
import { relayable } from "./capabilities";
import type { LegacyCall } from "./legacy-sender";
import { inputRequired, type ModernCall } from "./modern-sender";
import { labelled } from "./questions";
import { bindingOf, sealState } from "./request-state";
import { linkQuestions, linksAsText, urlElicitationRequired } from "./url-elicitation";

// The portal's own question: the person has no account at a server yet. Asked in the words of the client's era, or as text with the link.

/** A client of 2026-07-28 gets the question as a result and calls again; then the call goes through. */
export function modernAsk({ ports, caller, capabilities, params }: ModernCall): AskToConnect {
  return (link, request, entry) => {
    const question = { mode: "url", message: labelled(entry.server, link.words), url: link.url };
    if (!canOpen(capabilities) || isDeclined(params.inputResponses)) return asText(entry.server, request.method, question);
    const binding = bindingOf(caller, entry.server.id, request.method, request.params);
    return inputRequired(linkQuestions([question]), sealState(ports.states, { kind: "again" }, binding, ports.now()));
  };
}

/** A client of 2025-11-25 that opens links gets the error which says so, and hears when the account is connected. */
export function legacyAsk({ ports, caller, session }: LegacyCall): AskToConnect {
  return (link, request, { server }) => {
    const elicitationId = randomUUID();
    const question = { mode: "url", elicitationId, message: labelled(server, link.words), url: link.url };
    if (!session || !canOpen(relayable(session.row.capabilities))) return asText(server, request.method, question);
    ports.awaitConnection(caller, server, () => session.notify(messageText("notifications/elicitation/complete", { elicitationId })));
    const error = { code: urlElicitationRequired, message: question.message, data: { elicitations: [question] } };
    return { kind: "error", bytes: 0, error };
  };
}

const canOpen = ({ elicitation }: JsonObject) => isObject(elicitation) && isObject(elicitation.url);

/** The person was asked in this very call and would not; asking again would go round in circles. */
const isDeclined = (answers: unknown) => isObject(answers) && Object.values(answers).some((answer) => isObject(answer) && answer.action !== "accept");

/** Prompts and resources have no result that a model could read a sentence from. */
function asText(server: ServerView, method: string, question: { message: string; url: string }): UpstreamReply {
  if (method === "tools/call") return linksAsText([question]);
  return { kind: "error", bytes: 0, error: { code: rpc.internal, message: `${question.message}. Open ${question.url} first, then ask ${server.name} again.` } };
}
