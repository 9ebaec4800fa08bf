import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject, type RpcError } from "./frame";
import { decodeHeader, mismatch, type ReadHeader } from "./frame-headers";

type Declaration = { path: string[]; header: string; type: string };

/** The `x-mcp-header` declarations of a tool; empty when it has none or any of them breaks the rules (UP-23). Remembered per definition. */
export function paramHeaders(definition: JsonObject): readonly Declaration[] {
  let found = declarations.get(definition);
  if (!found) {
    found = scan(definition.inputSchema) ?? [];
    declarations.set(definition, found);
  }
  return found;
}

/** Whether a tool has `x-mcp-header` declarations that break the rules; such a tool must not be called. */
export const hasBadParamHeaders = (definition: JsonObject): boolean => scan(definition.inputSchema) === null;

const declarations = new WeakMap<JsonObject, Declaration[]>();

/** What disagrees between the `Mcp-Param-*` headers of a modern request and its arguments. */
export function paramHeaderProblem(declared: readonly Declaration[], args: unknown, header: ReadHeader): RpcError | null {
  for (const { path, header: name, type } of declared) {
    const value = valueAt(args, path);
    const text = primitiveText(value);
    if (text === undefined) continue;
    const sent = header(`mcp-param-${name.toLowerCase()}`);
    if (sent === undefined) return mismatch(`Mcp-Param-${name}`, "the header is missing").error;
    const decoded = decodeHeader(sent.trim());
    const same = type === "integer" && decoded !== undefined && /^-?\d+(\.\d+)?$/.test(decoded) ? Number(decoded) === value : decoded === text;
    if (!same) return mismatch(`Mcp-Param-${name}`, "it differs from the argument").error;
  }
  return null;
}

/** The `Mcp-Param-*` headers for the upstream hop, made from the arguments, never copied from the client. */
export function mirroredParams(declared: readonly Declaration[], args: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { path, header } of declared) {
    const text = primitiveText(valueAt(args, path));
    if (text !== undefined) headers[`mcp-param-${header.toLowerCase()}`] = encodeHeader(text);
  }
  return headers;
}

/** Plain when it is visible ASCII without surrounding spaces, otherwise `=?base64?…?=`; CR and LF never reach a header. */
export function encodeHeader(text: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith("=?base64?");
  return plain ? text : `=?base64?${Buffer.from(text, "utf8").toString("base64")}?=`;
}

function scan(schema: unknown): Declaration[] | null {
  const found: Declaration[] = [];
  const seen = new Set<string>();
  const visit = (node: unknown, path: string[]): boolean => {
    if (!isObject(node) || path.length > 16) return true;
    const header = node["x-mcp-header"];
    if (header !== undefined) {
      if (path.length === 0 || typeof header !== "string" || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(header)) return false;
      if (node.type !== "string" && node.type !== "integer" && node.type !== "boolean") return false;
      if (seen.has(header.toLowerCase())) return false;
      seen.add(header.toLowerCase());
      found.push({ path, header, type: node.type });
    }
    return !isObject(node.properties) || Object.entries(node.properties).every(([key, child]) => visit(child, [...path, key]));
  };
  return visit(schema, []) ? found : null;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let node = root;
  for (const key of path) node = isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  return node;
}

function primitiveText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
