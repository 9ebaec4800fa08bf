import { z } from "zod";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { ContextMode } from "./context-mode";

export type PortalToolName = keyof typeof portalToolInputs;

export const searchLimitMax = 50;

/** What each of the portal's own tools takes. Members it does not know are ignored, like those of any other tool. */
export const portalToolInputs = {
  portal_list_servers: z.object({}),
  portal_set_server: z.object({
    server: z.string().min(1).max(80).describe("The server's short name, as `portal_list_servers` gives it."),
    enabled: z.boolean().describe("False switches the server off for this connection, true switches it on again."),
  }),
  portal_search_tools: z.object({
    query: z.string().max(400).describe("Words to look for in names, descriptions and arguments. Plain text, no patterns. Empty: the first tools in order."),
    limit: z.int().min(1).max(searchLimitMax).default(10).describe("How many definitions to return at most."),
  }),
  portal_execute_tool: z.object({
    name: z.string().min(1).max(512).describe("The tool's name, as `portal_search_tools` gives it."),
    arguments: z.record(z.string(), z.unknown()).optional().describe("The arguments, which fit the tool's own `inputSchema`."),
  }),
};

const serverState = z.object({
  server: z.string().describe("Its short name, for `portal_set_server`."),
  name: z.string(),
  state: z.enum(["ready", "waiting", "stale", "error", "off"]).describe("`off`: switched off for this connection by its own person."),
  reason: z.string().optional().describe("Why it is not ready, and what to do."),
  tools: z.int().min(0).describe("How many tools it offers here."),
});

export const portalToolOutputs = {
  portal_list_servers: z.object({ servers: z.array(serverState) }),
  portal_set_server: serverState,
  portal_search_tools: z.object({
    tools: z.array(z.looseObject({ name: z.string() })).describe("Full definitions, the best match first."),
    matches: z.int().min(0).describe("How many tools match in all."),
  }),
};

const words: Record<PortalToolName, { title: string; description: string; annotations: JsonObject }> = {
  portal_list_servers: {
    title: "List servers",
    description:
      "Lists the servers behind this portal that this person may use, with the state of each and the reason where it is not ready. Use it when a tool is missing or fails.",
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  portal_set_server: {
    title: "Switch a server on or off",
    description:
      "Switches all tools, prompts and resources of one server off for this connection only, or on again. It never switches on what the portal's admins have switched off.",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  },
  portal_search_tools: {
    title: "Search tools",
    description:
      "Finds tools of this portal by words in their names, descriptions and arguments, and returns their full definitions with input schemas. Search here before you call a tool whose arguments you do not know.",
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  portal_execute_tool: {
    title: "Execute a tool",
    description: "Calls one tool of this portal by its name and returns its result unchanged. Find the name and the arguments with portal_search_tools first.",
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  },
};

const offered: Record<ContextMode, PortalToolName[]> = {
  full: ["portal_list_servers", "portal_set_server"],
  names: ["portal_list_servers", "portal_set_server", "portal_search_tools"],
  search: ["portal_list_servers", "portal_set_server", "portal_search_tools", "portal_execute_tool"],
};

/** Whether a portal whose own tools are on offers this one in that mode; what is not listed cannot be called. */
export function portalToolNamed(mode: ContextMode, name: unknown): PortalToolName | null {
  return offered[mode].find((known) => known === name) ?? null;
}

/** The definitions of the portal's own tools in that mode, as clients get them. */
export const portalToolDefinitions = (mode: ContextMode): JsonObject[] => offered[mode].map((name) => definitions[name]);

const definitionOf = (name: PortalToolName): JsonObject => {
  const { title, description, annotations } = words[name];
  const output = name === "portal_execute_tool" ? undefined : portalToolOutputs[name];
  return {
    name,
    title,
    description,
    inputSchema: schemaOf(portalToolInputs[name], "input"),
    ...(output && { outputSchema: schemaOf(output, "output") }),
    annotations: { title, ...annotations },
  };
};

function schemaOf(type: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io });
  return schema;
}

const definitions: Record<PortalToolName, JsonObject> = {
  portal_list_servers: definitionOf("portal_list_servers"),
  portal_set_server: definitionOf("portal_set_server"),
  portal_search_tools: definitionOf("portal_search_tools"),
  portal_execute_tool: definitionOf("portal_execute_tool"),
};
