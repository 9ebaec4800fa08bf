import { isUtf8 } from "node:buffer";
import type { JsonObject } from "@/drizzle/schema/servers";
import { withinJsonLimits } from "./json-limits";

export type RequestId = string | number;
export type RpcError = { code: number; message: string; data?: unknown };
export type RpcRequest = { kind: "request"; id: RequestId; method: string; params: JsonObject };
export type RpcResponse = { kind: "response"; id: RequestId | null; answer: { result: JsonObject } | { error: RpcError } };
export type Message = RpcRequest | { kind: "notification"; method: string; params: JsonObject } | RpcResponse;
export type BadMessage = { kind: "bad"; id: RequestId | null; error: RpcError };

export const rpc = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Portal policies do not admit the person; limits; from the range for implementations. */
  refused: -32000,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** One JSON-RPC message out of a request body. Arrays are refused in every era, ids are strings or finite numbers. */
export function readMessage(body: Buffer): Message | BadMessage {
  if (!isUtf8(body)) return bad(null, rpc.parse, "the body is not UTF-8");
  const text = body.toString("utf8");
  if (!withinJsonLimits(text)) return bad(null, rpc.invalidRequest, "the body is nested too deep or has too many elements");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad(null, rpc.parse, "the body is not JSON");
  }
  if (Array.isArray(value)) return bad(null, rpc.invalidRequest, "batches are not accepted, send one message per request");
  if (!isObject(value)) return bad(null, rpc.invalidRequest, "the body is not a JSON-RPC message");
  return shaped(value);
}

function shaped(value: JsonObject): Message | BadMessage {
  const hasId = value.id !== undefined;
  const id = isRequestId(value.id) ? value.id : null;
  if (value.jsonrpc !== "2.0") return bad(id, rpc.invalidRequest, "`jsonrpc` must be 2.0");
  if (value.method === undefined && hasId && (value.result !== undefined || value.error !== undefined)) return response(id, value);
  if (typeof value.method !== "string" || value.method === "" || value.method.length > 256) return bad(id, rpc.invalidRequest, "`method` must be a string");
  if (hasId && id === null) return bad(null, rpc.invalidRequest, "`id` must be a string or a number");
  const params = value.params === undefined ? {} : value.params;
  if (!isObject(params)) return bad(id, rpc.invalidRequest, "`params` must be an object");
  if (id === null) return { kind: "notification", method: value.method, params };
  return { kind: "request", id, method: value.method, params };
}

function response(id: RequestId | null, { result, error }: JsonObject): RpcResponse {
  if (isObject(result)) return { kind: "response", id, answer: { result } };
  if (isObject(error) && Number.isInteger(error.code) && typeof error.message === "string") {
    return {
      kind: "response",
      id,
      answer: { error: { code: Number(error.code), message: error.message, ...(error.data !== undefined && { data: error.data }) } },
    };
  }
  return { kind: "response", id, answer: { error: { code: rpc.internal, message: "the client's answer is malformed" } } };
}

/** The text of an answer around a result that is JSON already. */
export const resultText = (id: RequestId, result: string) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
export const messageText = (method: string, params: JsonObject, id?: RequestId) =>
  JSON.stringify({ jsonrpc: "2.0", ...(id !== undefined && { id }), method, params });
export const errorText = (id: RequestId | null, error: RpcError) => JSON.stringify({ jsonrpc: "2.0", id, error });

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRequestId(value: unknown): value is RequestId {
  return (typeof value === "string" && value.length <= 1_024) || (typeof value === "number" && Number.isFinite(value));
}

const bad = (id: RequestId | null, code: number, message: string): BadMessage => ({ kind: "bad", id, error: { code, message } });
