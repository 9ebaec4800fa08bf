import type { JsonObject } from "@/drizzle/schema/servers";
import type { PeerAnswer } from "@/lib/mcp/upstream-types";

/** What the AI client behind Gatehouse can do. */
export const clientCapabilities: JsonObject = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

type Property = { type?: string; default?: unknown; enum?: unknown[] };

/** The answer of an agreeable person, who leaves every default as it is. */
export function answerRequest(method: string, params: JsonObject): PeerAnswer {
  switch (method) {
    case "elicitation/create":
      return { result: params.mode === "url" ? { action: "accept" } : { action: "accept", content: valuesFor(params.requestedSchema) } };
    case "sampling/createMessage":
      return { result: { role: "assistant", model: "none", content: { type: "text", text: "an answer" }, stopReason: "endTurn" } };
    case "roots/list":
      return { result: { roots: [] } };
    default:
      return { error: { code: -32601, message: "Method not found" } };
  }
}

/** The arguments of each call of a tool: what the scenario says, otherwise one value for each property. */
export function argumentsFor(name: string, schemas: ReadonlyMap<string, unknown>, context: JsonObject): JsonObject[] {
  // The scenario about schemas wants to see what became of one.
  if (name === "json_schema_echo") return [{ schema: schemas.get("json_schema_2020_12_tool") }];
  const given = Array.isArray(context.toolCalls) ? (context.toolCalls as { name: string; arguments: JsonObject }[]) : null;
  return given ? given.filter((call) => call.name === name).map((call) => call.arguments) : [valuesFor(schemas.get(name))];
}

function valuesFor(schema: unknown): JsonObject {
  const properties = (schema as { properties?: Record<string, Property> } | undefined)?.properties ?? {};
  return Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, valueFor(property)]));
}

function valueFor({ type, default: byDefault, enum: choices }: Property): unknown {
  if (byDefault !== undefined) return byDefault;
  if (choices) return choices[0];
  if (type === "number" || type === "integer") return 1;
  if (type === "boolean") return true;
  if (type === "array") return [];
  return type === "object" ? {} : "a value";
}
