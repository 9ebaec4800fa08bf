import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject } from "../frame";

/** A copy of a request's own `_meta` with the progress token of this hop, and no other. */
export function metaWith(meta: unknown, progressToken: number | null): JsonObject {
  if (!isObject(meta)) return progressToken === null ? {} : { progressToken };
  const { progressToken: _, ...rest } = meta;
  return progressToken === null ? rest : { ...rest, progressToken };
}

export function withToken(params: JsonObject, progressToken: number | null): JsonObject {
  return params._meta === undefined && progressToken === null ? params : { ...params, _meta: metaWith(params._meta, progressToken) };
}
