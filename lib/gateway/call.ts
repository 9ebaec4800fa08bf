import type { JsonObject } from "@/drizzle/schema/servers";
import type { CallEnd } from "@/lib/activity/call-log";
import { isMissing, isUpstreamFailure, type NoCredential, type UpstreamReply, type UpstreamTarget } from "@/lib/mcp/upstream-types";
import { callRow, nowhere, placeOfRequest } from "./call-row";
import type { CallSlots, SlotKind } from "./call-slots";
import type { Entry } from "./catalogue";
import { failureOf, failureResult } from "./failure";
import { callPortalTool, portalToolOf } from "./portal-tools";
import { type Caller, type CallResult, type Ports, placeOf } from "./ports";
import { renameOf } from "./renamed-uris";
import { type CallMethod, type Requested, type Route, routeCall } from "./route";
import { targetFor } from "./target";
import type { ServerView } from "./types";

export type Send = (target: UpstreamTarget, request: { method: string; params: JsonObject }, entry: Entry) => Promise<UpstreamReply>;

/** Asks the client to have its person open a link, in the way that it understands. */
export type AskToConnect = (link: { url: string; words: string }, request: { method: string; params: JsonObject }, entry: Entry) => UpstreamReply;

export type CallRequest = {
  method: CallMethod;
  params: JsonObject;
  /** What may travel of the request's `_meta`. */
  meta: JsonObject | undefined;
  /** Brings a request to a server and back, with everything the two may have to say to each other meanwhile. */
  send: Send;
  askToConnect: AskToConnect;
  /** Headers that mirror arguments, for upstreams of the new era. */
  mirrored(entry: Entry): Record<string, string>;
  /** A last look at the request once the tool is known; an error refuses it. */
  check(entry: Entry): CallResult | null;
  version: string;
  bytes: number;
  startedAt: Date;
};

/** One call: of a tool of the portal's own, where it has any, or of what its servers offer. */
export function call(ports: Ports, caller: Caller, request: CallRequest): Promise<CallResult> {
  const own = portalToolOf(caller, request);
  if (!own) return callServers(ports, caller, request);
  return callPortalTool(own, { ports, caller, request, callServers: (inner) => callServers(ports, caller, inner) });
}

/**
 * Decided at this moment on (server, original name): name → catalogue → row opened → forwarded → row closed (design §6).
 * A forbidden, switched-off, withheld and never existing capability look the same from outside, on purpose.
 */
function callServers(ports: Ports, caller: Caller, request: CallRequest): Promise<CallResult> {
  const route = routeCall(caller.catalogue, request.method, request.params);
  if (route.kind === "invalid") return refuse(ports, caller, request, null, { kind: "error", code: -32602, message: route.message });
  if (route.kind !== "found") return deny(ports, caller, request, route);
  if (!route.viaTemplate) return callFound(ports, caller, request, route);
  return ports
    .isHiddenResource(caller.view, route.entry.server.id, String(route.params.uri))
    .then((isHidden) => (isHidden ? deny(ports, caller, request, { kind: "unknown", requested: route.requested }) : callFound(ports, caller, request, route)));
}

async function callFound(ports: Ports, caller: Caller, request: CallRequest, route: Found): Promise<CallResult> {
  const problem = request.check(route.entry);
  if (problem) return refuse(ports, caller, request, route, problem);
  const { id } = route.entry.server;
  const full = ports.slots.enter(caller, id);
  if (full) {
    ports.crowded(caller, full);
    return tooMany(full, ports.slots, route.entry);
  }
  try {
    return await forward(ports, caller, request, route);
  } finally {
    ports.slots.leave(caller, id);
  }
}

async function forward(ports: Ports, caller: Caller, request: CallRequest, route: Found): Promise<CallResult> {
  const { server } = route.entry;
  const row = callRow(caller, request, ports.instanceId, placeOfRoute(route), pending);
  const began = performance.now();
  // Side by side, and both before the upstream hears of the call: its row is durable, or it does not happen (LG-02).
  const found = targetFor(ports, caller, server);
  const loading = found instanceof Promise ? found.then(loaded, notLoaded) : loaded(found);
  const opened = ports.log.open(row);
  if (opened) await opened;
  const { target, error: loadError } = loading instanceof Promise ? await loading : loading;
  const sent = performance.now();
  const close = (outcome: CallEnd["outcome"], responseBytes: number | null, errorCode: number | null, errorMessage: string | null) => {
    const now = performance.now();
    const end = { outcome, errorCode, errorMessage, responseBytes, durationMs: round(now - began), upstreamMs: round(now - sent), endedAt: ports.now() };
    ports.log.close(row.id, end);
  };
  try {
    if (!target) throw loadError ?? new Error(`server ${server.id} does not exist any more`);
    const answer = isMissing(target) ? target : await sendAs(ports, caller, request, route, target);
    if ("missing" in answer) {
      close(isMissing(target) ? "refused" : "upstream_error", null, null, answer.cause.replaceAll("_", " "));
      return withoutCredential(ports, caller, request, route, answer, row.id);
    }
    if (answer.kind === "result") close(outcomeOf(answer.result), answer.bytes, null, null);
    else if (answer.isOurs) close("refused", null, answer.error.code, answer.error.message);
    else close("upstream_error", answer.bytes, answer.error.code, null);
    return relayed(answer, route.entry);
  } catch (error) {
    const failure = failureOf(error, server.name);
    close(failure.outcome, null, null, failure.cause);
    return failureResult(request.method, failure, row.id);
  }
}

/** Sends the call; once more with another credential if the server refused the first, so that it has run nothing yet (UP-21). Both refused: it is missing. */
async function sendAs(
  ports: Ports,
  caller: Caller,
  request: CallRequest,
  { entry, params: asked }: Found,
  target: UpstreamTarget,
): Promise<UpstreamReply | NoCredential> {
  const message = { method: request.method, params: request.meta ? { ...asked, _meta: request.meta } : asked };
  const send = (as: UpstreamTarget) => request.send(withMirrored(as, request.mirrored(entry)), message, entry);
  const insteadOf = async (as: UpstreamTarget, error: unknown) => {
    if (!isUpstreamFailure(error) || (error.cause_ !== "unauthorized" && error.cause_ !== "forbidden")) return null;
    const place = placeOf(caller, entry.server);
    return place && ports.afterRefusal(place, as, error);
  };
  try {
    return await send(target);
  } catch (error) {
    const other = await insteadOf(target, error);
    if (!other) throw error;
    if (isMissing(other)) return other;
    return send(other).catch(async (again: unknown) => {
      const none = await insteadOf(other, again);
      if (none && isMissing(none)) return none;
      throw again;
    });
  }
}

/** Nobody's else credential stands in (UP-10). Who can connect an account is told where; never by a 401 of the portal's own. */
function withoutCredential(
  ports: Ports,
  caller: Caller,
  request: CallRequest,
  { entry, params }: Found,
  { missing, cause, person }: NoCredential,
  callId: string,
): CallResult {
  if (missing === "other") return failureResult(request.method, { outcome: "refused", cause, person: `${entry.server.name}: ${person}` }, callId);
  const link = { url: ports.connectLink(caller, entry.server), words: person };
  return relayed(request.askToConnect(link, { method: request.method, params }, entry), entry);
}

function relayed(reply: UpstreamReply, entry: Entry): CallResult {
  if (reply.kind === "error") return relayedError(reply.error, entry.server);
  return { kind: "result", result: reply.result, raw: reply.raw, upstreamModern: reply.result.resultType !== undefined, entry };
}

const outcomeOf = (result: JsonObject) => (result.resultType === "input_required" ? "input_required" : result.isError === true ? "tool_error" : "ok");

/**
 * Codes that speak of our hop to the upstream mean nothing on the client's hop. Two speak of the person or their client and are
 * passed on: a link to open first, and a capability that the client would have to declare.
 */
function relayedError(error: { code: number; message: string; data?: unknown }, server: ServerView): CallResult {
  const ofThatHop = error.code <= -32020 && error.code >= -32099 && error.code !== -32042 && error.code !== -32021;
  return {
    kind: "error",
    code: ofThatHop ? -32603 : error.code,
    message: error.message,
    ...(!ofThatHop && error.data !== undefined && { data: exposedData(error.data, server) }),
  };
}

/** "Not found" names the resource (`data.uri`): by the name that the client asked for. */
function exposedData(data: unknown, server: ServerView): unknown {
  const rename = renameOf(server);
  return rename && typeof data === "object" && data !== null && "uri" in data && typeof data.uri === "string" ? { ...data, uri: rename(data.uri) } : data;
}

async function deny(ports: Ports, caller: Caller, request: CallRequest, route: Route & { kind: "forbidden" | "unknown" }): Promise<CallResult> {
  const reason =
    route.kind === "forbidden"
      ? { by: deniedBy(route.entry), serverId: route.entry.server.id, serverName: route.entry.server.name, capabilityName: route.entry.capability.name }
      : await ports.explain(caller.view, route.requested);
  const policy = route.kind === "forbidden" ? route.entry.access : { policyId: null, policyName: null };
  const row = callRow(caller, request, ports.instanceId, placeOfRequest(route.requested, reason), {
    decision: "denied",
    decidedBy: reason.by,
    policyId: policy.policyId,
    policyName: policy.policyName,
    outcome: reason.by === "none" ? "unknown" : "denied",
    errorCode: -32602,
    durationMs: ports.now().getTime() - request.startedAt.getTime(),
    endedAt: ports.now(),
  });
  await ports.log.open(row);
  return unknownName(route.requested);
}

const deniedBy = ({ access }: Entry) => (access.by === "grant" || access.by === "service_token" ? access.by : "server");

async function refuse(ports: Ports, caller: Caller, request: CallRequest, route: Found | null, answer: CallResult): Promise<CallResult> {
  const row = callRow(caller, request, ports.instanceId, route ? placeOfRoute(route) : nowhere, {
    decision: "allowed",
    outcome: "refused",
    ...(answer.kind === "error" && { errorCode: answer.code, errorMessage: answer.message }),
    durationMs: ports.now().getTime() - request.startedAt.getTime(),
    endedAt: ports.now(),
  });
  await ports.log.open(row);
  return answer;
}

const placeOfRoute = ({ entry: { server, capability }, requested }: Found) =>
  placeOfRequest(requested, { serverId: server.id, serverName: server.name, capabilityName: capability.name });

function unknownName({ kind, name }: Requested): CallResult {
  const word = kind === "template" ? "resource template" : kind;
  const message = `unknown ${word}: ${name.length > 200 ? `${name.slice(0, 200)}…` : name}`;
  return { kind: "error", code: -32602, message, ...((kind === "resource" || kind === "template") && { data: { uri: name } }) };
}

function withMirrored(target: UpstreamTarget, mirrored: Record<string, string>): UpstreamTarget {
  for (const _ in mirrored) return { ...target, headers: { ...target.headers, ...mirrored } };
  return target;
}

function tooMany(full: SlotKind, { max }: CallSlots, { server }: Entry): CallResult {
  if (full === "server") return { kind: "error", code: -32000, message: `${server.name} is busy, try again shortly`, status: 429, retryAfterSeconds: 2 };
  const message = `too many calls at once: at most ${max[full]} per ${full === "grant" ? "client" : full}, try again shortly`;
  return { kind: "error", code: -32000, message, status: 429, retryAfterSeconds: 1 };
}

type Found = Route & { kind: "found" };
const pending = { decision: "allowed", outcome: "pending" } as const;
const loaded = (target: Awaited<ReturnType<Ports["target"]>>) => ({ target, error: null });
const notLoaded = (error: unknown) => ({ target: null, error });
const round = (ms: number) => Math.round(ms * 1000) / 1000;
