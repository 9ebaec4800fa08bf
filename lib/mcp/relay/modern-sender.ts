import type { Stop } from "@/lib/stop";
import { randomUUID } from "node:crypto";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { Send } from "@/lib/gateway/call";
import type { Entry } from "@/lib/gateway/catalogue";
import type { Caller } from "@/lib/gateway/ports";
import type { Exchange } from "../exchange";
import { isObject, rpc } from "../frame";
import type { ServePorts } from "../serve-ports";
import type { Passage, PeerMessage, UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import { digestOf, isEmpty, mayAsk } from "./capabilities";
import { isListChange, noticesTo } from "./notices";
import { ParkedCall } from "./parked-call";
import { askedBy, readInputRequests } from "./questions";
import { bindingOf, type CarriedState, openState, sealState } from "./request-state";
import { linkQuestions, linksAsText, linksOf, urlElicitationRequired, withoutLinks } from "./url-elicitation";

/** One request of a 2026-era client, as far as the relay needs it. */
export type ModernCall = {
  ports: ServePorts;
  caller: Caller;
  exchange: Exchange;
  /** The client's own params, with `inputResponses` and `requestState` when it comes back with answers. */
  params: JsonObject;
  capabilities: JsonObject;
  logLevel: string | null;
  progressToken: string | number | undefined;
  gone: Stop;
  /** A way for large results; none where they have to be whole. */
  passage(entry: Entry): Passage | undefined;
};

/**
 * Relays a call of a 2026-era client. What the server needs from the person leaves as `input_required` in both directions: a
 * server of that era says so itself, an older one asks, and the call waits here until the answers come (MRTR, SEP-2322).
 */
export function modernSender(call: ModernCall): Send {
  return async (target, request, entry) => {
    const { ports, caller, params } = call;
    if (params.inputResponses !== undefined && !isObject(params.inputResponses)) return invalid("`params.inputResponses` must be an object");
    const binding = () => {
      // The trace context is another one in each round.
      const { _meta: _, ...asked } = request.params;
      return bindingOf(caller, entry.server.id, request.method, asked);
    };
    const carried: CarriedState | null | "none" =
      params.requestState === undefined ? "none" : openState(ports.states, params.requestState, binding(), ports.now());
    if (carried === null) return invalid("this `requestState` is not valid here, or has expired");
    const seal = (state: CarriedState) => sealState(ports.states, state, binding(), ports.now());
    if (carried !== "none" && carried.kind === "parked") {
      const parked = ports.parked.take(carried.id);
      if (!parked) return invalid("the call that this `requestState` belongs to is over; start it again");
      parked.deliver(params.inputResponses ?? {});
      return turnOf(call, entry, parked, seal);
    }
    const isAgain = carried !== "none" && carried.kind === "again";
    const sent =
      carried === "none" && params.inputResponses === undefined
        ? request.params
        : {
            ...request.params,
            ...(params.inputResponses !== undefined && !isAgain && { inputResponses: params.inputResponses }),
            ...(carried !== "none" && carried.kind === "upstream" && { requestState: carried.state }),
          };
    const send: SendAs = ({ party, peer, signal, passage }) =>
      ports.send(target, { method: request.method, params: sent, progress: call.progressToken !== undefined, party, peer, signal, passage });
    if (isEmpty(call.capabilities) && call.logLevel === null) return settled(call, entry, await plainly(call, entry, send), seal);
    return turnOf(call, entry, begin(call, entry, target, send), seal);
  };
}

type SendAs = (more: Pick<UpstreamRequest, "party" | "peer" | "signal" | "passage">) => Promise<UpstreamReply>;

/** The common case: a client that can be asked nothing needs nothing kept for it. */
function plainly(call: ModernCall, entry: Entry, send: SendAs): Promise<UpstreamReply> {
  const party = { key: call.caller.id, capabilities: {}, logLevel: null };
  const ask = async () => ({ error: { code: rpc.methodNotFound, message: "the client cannot be asked" } });
  return send({
    party,
    peer: { notify: noticing(call, entry), ask, whenRead: () => call.exchange.whenRead() },
    signal: call.gone,
    passage: call.passage(entry),
  });
}

/**
 * Whoever can be asked gets an upstream session of their own, for this caller, grant and set of capabilities. On the transport of
 * 2024-11-05 nothing tells which call a question belongs to, so there a call beside another one has a session for itself.
 */
function begin({ ports, caller, capabilities, logLevel }: ModernCall, entry: Entry, target: UpstreamTarget, send: SendAs): ParkedCall {
  const shared = `${caller.id} ${caller.grantId} ${digestOf(capabilities, logLevel)}`;
  const isAlone = target.transport === "sse" && ports.parked.isRunning(`${entry.server.id} ${shared}`);
  const key = isAlone ? `${shared} ${randomUUID()}` : shared;
  const partyKey = `${entry.server.id} ${key}`;
  const parked = new ParkedCall({ callerId: caller.id, partyKey }, (message) => (mayAsk(capabilities, message) ? askedBy(entry.server, message) : null));
  const party = { key, capabilities, logLevel, outside: ports.parked.outside(partyKey) };
  ports.parked.begin(parked);
  const end = () => {
    ports.parked.end(parked);
    if (isAlone) ports.endParty(caller.view.org.id, key);
  };
  parked.start(() => send({ party, peer: parked.peer, signal: parked.signal }).finally(end));
  return parked;
}

async function turnOf(call: ModernCall, entry: Entry, parked: ParkedCall, seal: (state: CarriedState) => string): Promise<UpstreamReply> {
  const { ports } = call;
  const turn = await parked.turn(noticing(call, entry), call.gone, () => call.exchange.whenRead());
  if ("reply" in turn) return settled(call, entry, turn.reply, seal);
  if (ports.parked.park(parked)) return inputRequired(turn.questions, seal({ kind: "parked", id: parked.id }));
  parked.abort();
  return { kind: "error", bytes: 0, isOurs: true, error: { code: rpc.refused, message: "too many calls wait for answers; finish or cancel some first" } };
}

function noticing({ ports, caller, exchange, progressToken }: ModernCall, { server }: Entry): (message: PeerMessage) => void {
  const notify = noticesTo(exchange, server, progressToken);
  return (message) => (isListChange(message.method) ? ports.heard(caller.view.org.id, server.id, message.method) : notify(message));
}

function settled({ capabilities }: ModernCall, entry: Entry, reply: UpstreamReply, seal: (state: CarriedState) => string): UpstreamReply {
  if (reply.kind === "error") {
    if (reply.error.code !== urlElicitationRequired) return reply;
    const links = linksOf(entry.server, reply.error);
    if (links.length === 0) return withoutLinks(entry.server, reply.bytes);
    const canOpen = isObject(capabilities.elicitation) && isObject(capabilities.elicitation.url);
    return canOpen ? inputRequired(linkQuestions(links), seal({ kind: "again" })) : linksAsText(links);
  }
  if (reply.result.resultType !== "input_required") return reply;
  return screened(reply.result, entry, capabilities, seal);
}

/** A server's own `input_required`, if the client declared every kind that it asks for; its state travels sealed (ME-16). */
function screened(result: JsonObject, entry: Entry, capabilities: JsonObject, seal: (state: CarriedState) => string): UpstreamReply {
  const questions = new Map<string, PeerMessage>();
  for (const [key, message] of readInputRequests(result)) {
    const passed = mayAsk(capabilities, message) ? askedBy(entry.server, message) : null;
    if (!passed)
      return { kind: "error", bytes: 0, error: { code: rpc.internal, message: `${entry.server.name} asks for something that this client cannot answer` } };
    questions.set(key, passed);
  }
  const { requestState, inputRequests, ...rest } = result;
  const state = typeof requestState === "string" ? { requestState: seal({ kind: "upstream", state: requestState }) } : {};
  return resultOf({ ...rest, ...(inputRequests !== undefined && { inputRequests: Object.fromEntries(questions) }), ...state });
}

export const inputRequired = (questions: ReadonlyMap<string, PeerMessage>, requestState: string) =>
  resultOf({ resultType: "input_required", inputRequests: Object.fromEntries(questions), requestState });

function resultOf(result: JsonObject): UpstreamReply {
  const raw = JSON.stringify(result);
  return { kind: "result", result, raw, bytes: raw.length };
}

const invalid = (message: string): UpstreamReply => ({ kind: "error", bytes: 0, isOurs: true, error: { code: rpc.invalidParams, message } });
