import type { z } from "zod";
import type { JsonObject } from "@/drizzle/schema/servers";
import { mirroredParams, paramHeaders } from "@/lib/mcp/param-headers";
import type { CallRequest } from "./call";
import { callRow } from "./call-row";
import { exposedDefinition } from "./exposed-definition";
import { type PortalToolName, portalToolInputs, portalToolNamed } from "./portal-tool-definitions";
import type { Caller, CallResult, Ports } from "./ports";
import { serverState, serverStates } from "./server-states";
import { searchTools } from "./tool-search";

export type PortalToolCall = {
  ports: Ports;
  caller: Caller;
  request: CallRequest;
  /** A call of a server's tool, with all its checks, limits and a row of its own. */
  callServers(request: CallRequest): Promise<CallResult>;
};

const definitionCharsMax = 262_144;

/** The portal's own tool that a request names, or null: the switch is off, or the name is not one that this client is shown. */
export function portalToolOf({ view, context }: Caller, { method, params }: Pick<CallRequest, "method" | "params">): PortalToolName | null {
  return view.portal.portalTools && method === "tools/call" ? portalToolNamed(context, params.name) : null;
}

/** One call of a tool of the portal's own: on record like any other, and only ever about the caller's own grant (ME-24). */
export async function callPortalTool(name: PortalToolName, call: PortalToolCall): Promise<CallResult> {
  const { ports, caller, request } = call;
  const began = performance.now();
  const names = { capabilityKind: "tool" as const, capabilityName: name, requestedName: name };
  const row = callRow(caller, request, ports.instanceId, names, { decision: "allowed", outcome: "pending" });
  await ports.log.open(row);
  const close = (outcome: "ok" | "tool_error" | "refused", more: { errorCode?: number; errorMessage?: string; responseBytes?: number }) =>
    ports.log.close(row.id, { outcome, ...more, durationMs: performance.now() - began, endedAt: ports.now() });
  try {
    const result = await answer(name, call);
    if (result.kind === "error") close("tool_error", { errorCode: result.code });
    else close(result.result.isError === true ? "tool_error" : "ok", { responseBytes: Buffer.byteLength(result.raw) });
    return result;
  } catch (error) {
    close("refused", { errorMessage: "it failed on our side" });
    throw error;
  }
}

function answer(name: PortalToolName, call: PortalToolCall): CallResult | Promise<CallResult> {
  const given = call.request.params.arguments ?? {};
  switch (name) {
    case "portal_list_servers":
      return structured({ servers: serverStates(call.caller.catalogue) });
    case "portal_set_server":
      return withInput(portalToolInputs[name], given, (input) => setServer(call, input));
    case "portal_search_tools":
      return withInput(portalToolInputs[name], given, (input) => search(call, input));
    case "portal_execute_tool":
      return withInput(portalToolInputs[name], given, (input) => execute(call, input));
  }
}

/** What is wrong with the arguments is for the model to read and mend. */
function withInput<S extends z.ZodType, R>(schema: S, given: unknown, use: (input: z.output<S>) => R): R | CallResult {
  const input = schema.safeParse(given);
  if (input.success) return use(input.data);
  return toolError(input.error.issues.map(({ path, message }) => `\`${path.join(".") || "arguments"}\`: ${message}`).join("; "));
}

type Input<N extends PortalToolName> = z.output<(typeof portalToolInputs)[N]>;

async function setServer({ ports, caller }: PortalToolCall, { server: slug, enabled }: Input<"portal_set_server">): Promise<CallResult> {
  // A server that policies keep from this person is not among them, so it looks like one that never existed.
  const found = caller.catalogue.servers.find(({ server }) => server.slug === slug);
  if (!found) return toolError(`there is no server \`${slug}\` here; portal_list_servers lists them`);
  if (found.off !== enabled) return structured(serverState(found));
  if (ports.slots.enter(caller, null)) return toolError("too many calls at once, try again shortly");
  try {
    await ports.switchServer(caller, found.server, enabled);
  } finally {
    ports.slots.leave(caller, null);
  }
  return structured(serverState({ server: found.server, off: !enabled }));
}

function search({ caller }: PortalToolCall, { query, limit }: Input<"portal_search_tools">): CallResult {
  const found = searchTools([...caller.catalogue.served.tool.values()], query);
  const tools: JsonObject[] = [];
  let chars = 0;
  for (const entry of found.slice(0, limit)) {
    const definition = exposedDefinition(entry);
    chars += JSON.stringify(definition).length;
    if (chars > definitionCharsMax && tools.length > 0) break;
    tools.push(definition);
  }
  return structured({ tools, matches: found.length });
}

/** Only servers' tools are found there, so no portal tool can execute another. */
function execute({ request, callServers }: PortalToolCall, { name }: Input<"portal_execute_tool">): Promise<CallResult> {
  const { arguments: outer, ...rest } = request.params;
  // Taken as they came: parsing would lose members that a direct call keeps.
  const inner = isObject(outer) ? outer.arguments : undefined;
  return callServers({
    ...request,
    params: { ...rest, name, ...(inner !== undefined && { arguments: inner }) },
    mirrored: ({ capability }) => mirroredParams(paramHeaders(capability.definition), inner),
    // No header of this request could mirror an argument of the tool inside it.
    check: () => null,
  });
}

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** For clients that read only the text, the same once more as text. */
const structured = (structuredContent: JsonObject): CallResult => result({ content: [text(JSON.stringify(structuredContent))], structuredContent });
const toolError = (message: string): CallResult => result({ content: [text(message)], isError: true });
const text = (value: string) => ({ type: "text", text: value });
const result = (value: JsonObject): CallResult => ({ kind: "result", result: value, raw: JSON.stringify(value), upstreamModern: false, entry: null });
