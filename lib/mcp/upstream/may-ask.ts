import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject, rpc } from "../frame";
import type { UpstreamError } from "../upstream-types";

/** What the client's side of the protocol may be asked, by what it declared; anything else never reaches it. */
export function refusalOf(method: string, params: JsonObject, capabilities: JsonObject): UpstreamError | null {
  const unknown = { code: rpc.methodNotFound, message: "Method not found" };
  switch (method) {
    case "sampling/createMessage":
      if (!isObject(capabilities.sampling)) return unknown;
      return usesTools(params) && !isObject(capabilities.sampling.tools) ? invalid("the client takes no tools in sampling") : null;
    case "elicitation/create":
      if (!isObject(capabilities.elicitation)) return unknown;
      return takesMode(capabilities.elicitation, params.mode ?? "form") ? null : invalid("the client does not take this mode of elicitation");
    case "roots/list":
      return isObject(capabilities.roots) ? null : unknown;
    default:
      return unknown;
  }
}

const usesTools = ({ tools, toolChoice }: JsonObject) => tools !== undefined || toolChoice !== undefined;

// `elicitation: {}` is how clients older than the modes say `form`.
function takesMode(elicitation: JsonObject, mode: unknown): boolean {
  if (mode === "url") return isObject(elicitation.url);
  return mode === "form" && (isObject(elicitation.form) || elicitation.url === undefined);
}

const invalid = (message: string): UpstreamError => ({ code: rpc.invalidParams, message });
