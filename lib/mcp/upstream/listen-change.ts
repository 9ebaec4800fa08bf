import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject } from "../frame";
import type { Watch } from "../upstream-types";

const subscriptionIdKey = "io.modelcontextprotocol/subscriptionId";
const listChanges = new Set(["notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed"]);

/** Passes a message of a stream on if it is a change that was asked for, without what belongs to this hop. */
export function hearChange(watch: Watch, message: JsonObject): void {
  if (watch.signal.aborted || typeof message.method !== "string" || message.id !== undefined) return;
  const params = withoutSubscription(isObject(message.params) ? message.params : {});
  const isWanted = listChanges.has(message.method)
    ? watch.lists
    : message.method === "notifications/resources/updated" && typeof params.uri === "string" && watch.resources.includes(params.uri);
  if (isWanted) watch.on({ method: message.method, params });
}

function withoutSubscription(params: JsonObject): JsonObject {
  const { _meta, ...rest } = params;
  if (!isObject(_meta) || _meta[subscriptionIdKey] === undefined) return params;
  const { [subscriptionIdKey]: _, ...meta } = _meta;
  return Object.keys(meta).length > 0 ? { ...rest, _meta: meta } : rest;
}
