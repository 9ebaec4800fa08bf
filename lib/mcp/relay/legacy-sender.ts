import type { Stop } from "@/lib/stop";
import { randomUUID } from "node:crypto";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { Send } from "@/lib/gateway/call";
import type { Caller } from "@/lib/gateway/ports";
import type { ServerView } from "@/lib/gateway/types";
import { limits } from "@/lib/limits";
import type { Exchange } from "../exchange";
import { isObject, messageText, rpc } from "../frame";
import type { ServePorts } from "../serve-ports";
import type { LiveSession } from "../sessions/live-session";
import type { Entry } from "@/lib/gateway/catalogue";
import type { Passage, Peer, PeerAnswer, PeerMessage, UpstreamParty, UpstreamReply } from "../upstream-types";
import { mayAsk } from "./capabilities";
import { isListChange, logMessage, noticesTo } from "./notices";
import { askedBy, readInputRequests } from "./questions";
import { linksAsText, linksOf, urlElicitationRequired, withoutLinks } from "./url-elicitation";

/** One request of a 2025-era client; without a session nothing can be asked back. */
export type LegacyCall = {
  ports: ServePorts;
  caller: Caller;
  session: LiveSession | null;
  exchange: Exchange;
  progressToken: string | number | undefined;
  signal: Stop;
  /** A way for large results; none where they have to be whole. */
  passage(entry: Entry): Passage | undefined;
};

/**
 * Relays a call of a 2025-era client. Questions of an old server go straight to the client; those that a server of the new era
 * returns as `input_required` are asked one after the other, and the call is repeated with the answers.
 */
export function legacySender(call: LegacyCall): Send {
  return async (target, request, entry) => {
    const { ports, caller, session, exchange, signal } = call;
    const { server } = entry;
    const capabilities = session?.capabilities ?? none;
    const party = partyOf(ports, caller, session, server);
    const notify = noticesTo(exchange, server, call.progressToken);
    const through = (text: string) => exchange.send(text);
    const peer: Peer = {
      notify: (message) => (isListChange(message.method) ? ports.heard(caller.view.org.id, server.id, message.method) : notify(message)),
      ask: (message, asking) => question(session, server, capabilities, message, through, asking),
      paused: (retryMs) => exchange.pause(retryMs),
      whenRead: () => exchange.whenRead(),
    };
    const passage = call.passage(entry);
    let params = request.params;
    for (let round = 0; round < limits.inputRoundsMax; round++) {
      const reply = await ports.send(target, { method: request.method, params, party, peer, progress: call.progressToken !== undefined, signal, passage });
      if (reply.kind === "error") return reply.error.code === urlElicitationRequired ? links(reply, server, capabilities) : reply;
      if (reply.result.resultType !== "input_required") return reply;
      const answers = await Promise.all(
        [...readInputRequests(reply.result)].map(
          async ([key, message]) => [key, await question(session, server, capabilities, message, through, signal)] as const,
        ),
      );
      const refused = answers.find(([, answer]) => "error" in answer)?.[1];
      if (refused && "error" in refused) return { kind: "error", bytes: reply.bytes, error: { code: rpc.internal, message: refused.error.message } };
      const { requestState } = reply.result;
      params = {
        ...request.params,
        inputResponses: Object.fromEntries(answers.map(([key, answer]) => [key, "result" in answer ? answer.result : {}])),
        ...(requestState !== undefined && { requestState }),
      };
    }
    return { kind: "error", bytes: 0, error: { code: rpc.internal, message: `${server.name} keeps asking; the call was given up` } };
  };
}

const none: JsonObject = {};

/** Who speaks to the server: each session for itself, a client without one as the plain caller. */
export function partyOf(ports: Pick<ServePorts, "heard">, caller: Caller, session: LiveSession | null, server: ServerView): UpstreamParty {
  if (!session) return { key: caller.id, capabilities: none, logLevel: null };
  const { capabilities } = session;
  const outside: Peer = {
    notify({ method, params }) {
      if (isListChange(method)) ports.heard(caller.view.org.id, server.id, method);
      else if (method === "notifications/message") session.notify(logMessage(server, params));
      else if (method === "notifications/elicitation/complete") session.notify(messageText(method, params));
    },
    ask: (message, signal) => question(session, server, capabilities, message, null, signal),
  };
  return { key: `session ${session.id}`, capabilities, logLevel: session.logLevel, outside };
}

async function question(
  session: LiveSession | null,
  server: ServerView,
  capabilities: JsonObject,
  message: PeerMessage,
  through: ((text: string) => boolean) | null,
  signal: Stop,
): Promise<PeerAnswer> {
  const passed = session && mayAsk(capabilities, message) ? askedBy(server, message) : null;
  if (!session || !passed) return { error: { code: rpc.invalidParams, message: `${server.name} asks for something that this client cannot answer` } };
  return session.ask(withElicitationId(passed), through, signal);
}

// The 2025 eras demand an id of each link; 2026-07-28 has none.
function withElicitationId({ method, params }: PeerMessage): PeerMessage {
  const lacksId = params.mode === "url" && typeof params.elicitationId !== "string";
  return { method, params: lacksId ? { ...params, elicitationId: randomUUID() } : params };
}

/** "First open this link" reaches a client that can show links as it is, and any other as text. */
function links(reply: UpstreamReply & { kind: "error" }, server: ServerView, { elicitation }: JsonObject): UpstreamReply {
  const found = linksOf(server, reply.error);
  if (found.length === 0) return withoutLinks(server, reply.bytes);
  const canOpen = isObject(elicitation) && isObject(elicitation.url);
  return canOpen ? { ...reply, error: { ...reply.error, data: { elicitations: found } } } : linksAsText(found);
}
