import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import { type Catalogue, type Entry, findTemplate } from "./catalogue";

export const callMethods = ["tools/call", "prompts/get", "resources/read", "completion/complete"] as const;
export type CallMethod = (typeof callMethods)[number];

export type Route =
  | { kind: "found"; entry: Entry; requested: Requested; params: JsonObject; viaTemplate: boolean }
  | { kind: "forbidden"; entry: Entry; requested: Requested }
  | { kind: "unknown"; requested: Requested }
  | { kind: "invalid"; message: string };

export type Requested = { kind: CapabilityKind; name: string };

/**
 * From what the client asked for to the server and its own name for it, decided by the body alone (design 4.7).
 * `params` is what goes upstream: the known members only, with the original name.
 */
export function routeCall(catalogue: Catalogue, method: CallMethod, params: JsonObject): Route {
  switch (method) {
    case "tools/call":
      return routeNamed(catalogue, "tool", params);
    case "prompts/get":
      return routeNamed(catalogue, "prompt", params);
    case "resources/read":
      return routeRead(catalogue, params);
    case "completion/complete":
      return routeCompletion(catalogue, params);
  }
}

function routeNamed(catalogue: Catalogue, kind: "tool" | "prompt", params: JsonObject): Route {
  if (typeof params.name !== "string") return invalid("`params.name` must be a string");
  if (params.arguments !== undefined && !isObject(params.arguments)) return invalid("`params.arguments` must be an object");
  const { arguments: given } = params;
  return find(catalogue, { kind, name: params.name }, (original) => (given === undefined ? { name: original } : { name: original, arguments: given }));
}

function routeRead(catalogue: Catalogue, params: JsonObject): Route {
  const { uri } = params;
  if (typeof uri !== "string") return invalid("`params.uri` must be a string");
  const listed = find(catalogue, { kind: "resource", name: uri }, (original) => ({ uri: original }));
  if (listed.kind !== "unknown") return listed;
  const requested: Requested = { kind: "resource", name: uri };
  const template = findTemplate(catalogue.served.template, uri);
  if (template) return { kind: "found", entry: template.entry, requested, params: { uri: template.original }, viaTemplate: true };
  const hidden = findTemplate(catalogue.forbidden.template, uri);
  return hidden ? { kind: "forbidden", entry: hidden.entry, requested } : { kind: "unknown", requested };
}

function routeCompletion(catalogue: Catalogue, params: JsonObject): Route {
  const { ref, argument, context } = params;
  if (!isObject(ref) || !isObject(argument)) return invalid("`params.ref` and `params.argument` must be objects");
  if (context !== undefined && !isObject(context)) return invalid("`params.context` must be an object");
  const rest = { argument, ...(context !== undefined && { context }) };
  if (ref.type === "ref/prompt" && typeof ref.name === "string") {
    return find(catalogue, { kind: "prompt", name: ref.name }, (original) => ({ ref: { ...ref, name: original }, ...rest }));
  }
  if (ref.type === "ref/resource" && typeof ref.uri === "string") {
    const template = find(catalogue, { kind: "template", name: ref.uri }, (original) => ({ ref: { ...ref, uri: original }, ...rest }));
    if (template.kind !== "unknown") return template;
    return find(catalogue, { kind: "resource", name: ref.uri }, (original) => ({ ref: { ...ref, uri: original }, ...rest }));
  }
  return invalid("`params.ref` must be a ref/prompt with a name or a ref/resource with a uri");
}

function find(catalogue: Catalogue, requested: Requested, upstreamParams: (original: string) => JsonObject): Route {
  const entry = catalogue.served[requested.kind].get(requested.name);
  if (entry) return { kind: "found", entry, requested, params: upstreamParams(entry.capability.name), viaTemplate: false };
  const hidden = catalogue.forbidden[requested.kind].get(requested.name);
  return hidden ? { kind: "forbidden", entry: hidden, requested } : { kind: "unknown", requested };
}

const invalid = (message: string): Route => ({ kind: "invalid", message });
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
