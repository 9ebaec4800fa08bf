import type { JsonObject } from "@/drizzle/schema/servers";
import { type CallRequest, call } from "@/lib/gateway/call";
import { callRow } from "@/lib/gateway/call-row";
import type { Caller, CallResult, Ports } from "@/lib/gateway/ports";
import { type CallMethod, callMethods } from "@/lib/gateway/route";
import { type BadMessage, errorText, isObject, type Message, type RpcError, type RpcRequest, resultText, rpc } from "./frame";
import { eraOf, mirrorProblem, type ReadHeader } from "./frame-headers";
import { envelope, forwardedMeta } from "./frame-meta";
import { discoverResult, initializeResult, serverInfo } from "./handshake";
import { type ListMethod, listMethods, listPage } from "./lists";
import { mirroredParams, paramHeaderProblem, paramHeaders } from "./param-headers";
import type { Era } from "./versions";

export type Incoming = {
  message: Message | BadMessage;
  bytes: number;
  header: ReadHeader;
  startedAt: Date;
  /** Aborts when the client is gone; read only where that means cancellation. */
  signal(): AbortSignal;
  /** Aborts when the same grant sends `notifications/cancelled` for the request (2025 eras). */
  cancellation: { begin(id: RpcRequest["id"]): AbortSignal; end(id: RpcRequest["id"]): void; cancel(id: unknown): void };
};

export type Answer = { status: number; body: string | null; retryAfterSeconds?: number };

/** One admitted POST, in whichever era it speaks. Every request that gets here leaves one row. */
export async function serve(ports: Ports, caller: Caller, incoming: Incoming): Promise<Answer> {
  const { message } = incoming;
  if (message.kind === "bad") return { status: 400, body: errorText(message.id, message.error) };
  if (message.kind === "response") return { status: 202, body: null };
  if (message.kind === "notification") {
    if (message.method === "notifications/cancelled") incoming.cancellation.cancel(message.params.requestId);
    return { status: 202, body: null };
  }
  const verdict = eraOf(message, incoming.header);
  if ("error" in verdict) return { status: verdict.status, body: errorText(message.id, verdict.error) };
  const request = { ...incoming, message, ...verdict, ports, caller };
  if (verdict.era === "legacy") return serveLegacy(request);
  // Method existence goes before the mirror headers, as in the ladder of the SDK.
  if (!isModernMethod(message.method)) return { status: 404, body: errorText(message.id, noMethod) };
  const problem = mirrorProblem(message, incoming.header);
  if (problem) return { status: 400, body: errorText(message.id, problem) };
  return serveModern(request);
}

type Request = Omit<Incoming, "message"> & { message: RpcRequest; era: Era; version: string; ports: Ports; caller: Caller };

async function serveLegacy(request: Request): Promise<Answer> {
  const { message, caller } = request;
  if (message.method === "ping") return { status: 200, body: resultText(message.id, "{}") };
  if (message.method === "initialize") {
    const result = initializeResult(caller.view, caller.catalogue, message.params);
    return noted({ ...request, version: String(result.protocolVersion) }, ok(request, JSON.stringify(result)));
  }
  if (isListMethod(message.method)) return list(request, message.method, "");
  if (!isCallMethod(message.method)) return noted(request, failed(request, noMethod));
  const signal = request.cancellation.begin(message.id);
  try {
    const result = await forwardCall(request, message.method, signal);
    return result.kind === "error" ? failed(request, result) : ok(request, JSON.stringify(forLegacy(result)));
  } finally {
    request.cancellation.end(message.id);
  }
}

async function serveModern(request: Request): Promise<Answer> {
  const { message, caller } = request;
  if (message.method === "server/discover") {
    return noted(request, ok(request, JSON.stringify({ ...discoverResult(caller.view, caller.catalogue), ...listCache, ...own(request) })));
  }
  if (isListMethod(message.method)) return list(request, message.method, `,${JSON.stringify({ ...listCache, ...own(request) }).slice(1, -1)}`);
  if (!isCallMethod(message.method)) return failed(request, noMethod);
  const result = await forwardCall(request, message.method, request.signal());
  return result.kind === "error" ? failed(request, result) : ok(request, JSON.stringify(forModern(request, message.method, result.result)));
}

function list(request: Request, method: ListMethod, tail: string): Answer {
  const page = listPage(request.caller.catalogue, method, request.message.params);
  return noted(request, page === null ? failed(request, { code: rpc.invalidParams, message: "invalid cursor" }) : ok(request, `{${page}${tail}}`));
}

function forwardCall(request: Request, method: CallMethod, signal: AbortSignal): Promise<CallResult> {
  const { message, header, era } = request;
  const asked: CallRequest = {
    method,
    params: message.params,
    meta: forwardedMeta(message.params),
    mirrored: ({ capability }) => (method === "tools/call" ? mirroredParams(paramHeaders(capability.definition), message.params.arguments) : {}),
    check({ capability }) {
      if (era === "legacy" || method !== "tools/call") return null;
      const problem = paramHeaderProblem(paramHeaders(capability.definition), message.params.arguments, header);
      return problem && { kind: "error", ...problem, status: 400 };
    },
    version: request.version,
    bytes: request.bytes,
    startedAt: request.startedAt,
    signal,
  };
  return call(request.ports, request.caller, asked);
}

/** A result leaves as it came, without the members that only the new era's envelope has. */
function forLegacy({ result, upstreamModern }: CallResult & { kind: "result" }): JsonObject {
  if (!upstreamModern) return result;
  const { resultType: _, ttlMs: __, cacheScope: ___, ...rest } = result;
  return isObject(rest._meta) ? { ...rest, _meta: withoutEnvelope(rest._meta) } : rest;
}

function forModern(request: Request, method: CallMethod, result: JsonObject): JsonObject {
  const meta = isObject(result._meta) ? withoutEnvelope(result._meta) : {};
  const cache = method === "resources/read" ? { ttlMs: typeof result.ttlMs === "number" ? result.ttlMs : 0, cacheScope: "private" } : {};
  return { resultType: "complete", ...result, ...cache, _meta: { ...meta, ...own(request)._meta } };
}

const withoutEnvelope = (meta: JsonObject) => Object.fromEntries(Object.entries(meta).filter(([key]) => key !== envelope.serverInfo));
const own = ({ caller }: Request) => ({ _meta: { [envelope.serverInfo]: serverInfo(caller.view) } });
const listCache = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
const noMethod: RpcError = { code: rpc.methodNotFound, message: "this method does not exist here" };

const ok = ({ message }: Request, result: string): Answer => ({ status: 200, body: resultText(message.id, result) });

function failed({ message }: Request, error: RpcError & { status?: number; retryAfterSeconds?: number }): Answer {
  const { code, message: text, data } = error;
  const body = errorText(message.id, { code, message: text, ...(data !== undefined && { data }) });
  return { status: error.status ?? 200, body, ...(error.retryAfterSeconds && { retryAfterSeconds: error.retryAfterSeconds }) };
}

/** What no upstream hears of is on record as well; its row is written behind the answer. */
function noted(request: Request, answer: Answer): Answer {
  const { ports, caller, message, version, bytes, startedAt } = request;
  const unknown = message.method !== "initialize" && message.method !== "server/discover" && !isListMethod(message.method);
  const endedAt = ports.now();
  ports.log.record(
    callRow(caller, { method: message.method, version, bytes, startedAt }, ports.instanceId, {
      decision: "allowed",
      outcome: unknown ? "unknown" : "ok",
      ...(unknown && { errorCode: rpc.methodNotFound }),
      responseBytes: answer.body === null ? 0 : Buffer.byteLength(answer.body),
      durationMs: endedAt.getTime() - startedAt.getTime(),
      endedAt,
    }),
  );
  return answer;
}

const isListMethod = (method: string): method is ListMethod => (listMethods as readonly string[]).includes(method);
const isCallMethod = (method: string): method is CallMethod => (callMethods as readonly string[]).includes(method);
const isModernMethod = (method: string) => method === "server/discover" || isListMethod(method) || isCallMethod(method);
