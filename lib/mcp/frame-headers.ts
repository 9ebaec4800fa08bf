import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject, type RpcError, type RpcRequest, rpc } from "./frame";
import { envelope } from "./frame-meta";
import { type Era, modernVersions, supportedVersions, legacyVersions } from "./versions";

export type ReadHeader = (name: string) => string | undefined;
export type EraVerdict = { era: Era; version: string } | { status: 400; error: RpcError };

/**
 * Which era a request speaks, decided by its body; the headers are only checked against it (ME-09).
 * `initialize` without an envelope is always of the old eras, where the header is absent or names a known version.
 */
export function eraOf(request: RpcRequest, header: ReadHeader): EraVerdict {
  const named = header("mcp-protocol-version")?.trim();
  const meta = isObject(request.params._meta) ? request.params._meta : {};
  const claimed = meta[envelope.protocolVersion];
  if (claimed === undefined) {
    if (named !== undefined && isModern(named)) return missing(envelope.protocolVersion);
    if (request.method === "initialize" || named === undefined) return { era: "legacy", version: named ?? "2025-03-26" };
    return isLegacy(named) ? { era: "legacy", version: named } : unsupported(named);
  }
  if (typeof claimed !== "string") return refuse(rpc.invalidParams, `\`_meta["${envelope.protocolVersion}"]\` must be a string`);
  if (named !== undefined && named !== claimed) return mismatch("MCP-Protocol-Version", `the body says ${JSON.stringify(claimed)}`);
  if (!isModern(claimed)) return unsupported(claimed);
  if (!isObject(meta[envelope.clientCapabilities])) return missing(envelope.clientCapabilities);
  return { era: "modern", version: claimed };
}

/** The mirror headers of a modern request: `MCP-Protocol-Version`, `Mcp-Method`, and `Mcp-Name` where the method has a name. */
export function mirrorProblem(request: RpcRequest, header: ReadHeader): RpcError | null {
  if (header("mcp-protocol-version") === undefined) return mismatch("MCP-Protocol-Version", "the header is missing").error;
  const method = header("mcp-method");
  if (method?.trim() !== request.method) {
    return mismatch("Mcp-Method", method === undefined ? "the header is missing" : `the body says ${JSON.stringify(request.method)}`).error;
  }
  const field = nameFields.get(request.method);
  const value = field && request.params[field];
  if (typeof value !== "string") return null;
  const name = header("mcp-name");
  if (name === undefined) return mismatch("Mcp-Name", "the header is missing").error;
  return decodeHeader(name.trim()) === value ? null : mismatch("Mcp-Name", `the body says ${JSON.stringify(value)}`).error;
}

const nameFields = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

/** A header value, with `=?base64?…?=` decoded; undefined when that is malformed. */
export function decodeHeader(value: string): string | undefined {
  if (!value.startsWith("=?base64?") || !value.endsWith("?=")) return value;
  const encoded = value.slice(9, -2);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(encoded, "base64"));
  } catch {
    return undefined;
  }
}

export function mismatch(header: string, body: string): { status: 400; error: RpcError } {
  return {
    status: 400,
    error: { code: rpc.headerMismatch, message: `the ${header} header and the body disagree: ${body}`, data: { mismatch: { header, body } } },
  };
}

const isModern = (version: string) => modernVersions.includes(version);
const isLegacy = (version: string) => legacyVersions.includes(version);
const refuse = (code: number, message: string, data?: JsonObject) => ({ status: 400 as const, error: { code, message, ...(data && { data }) } });
const missing = (key: string) => refuse(rpc.invalidParams, `\`params._meta["${key}"]\` is required`);
const unsupported = (requested: string) =>
  refuse(rpc.unsupportedVersion, "this protocol version is not supported", { supported: [...supportedVersions], requested: requested.slice(0, 64) });
