import { createHash } from "node:crypto";
import type { JsonObject } from "@/drizzle/schema/servers";
import { isObject } from "../frame";
import type { PeerMessage } from "../upstream-types";
import { refusalOf } from "../upstream/may-ask";

/** The client capabilities that we relay; everything else a client declares stays on its own hop. */
const relayed = ["sampling", "elicitation", "roots"] as const;

export function relayable(declared: unknown): JsonObject {
  const kept: JsonObject = {};
  if (isObject(declared)) for (const name of relayed) if (isObject(declared[name])) kept[name] = declared[name];
  return kept;
}

/** The same for a client of the 2026 era, which has no way to say that its roots changed, so that is not promised either. */
export function relayableModern(declared: unknown): JsonObject {
  const kept = relayable(declared);
  return kept.roots === undefined ? kept : { ...kept, roots: {} };
}

export const isEmpty = (capabilities: JsonObject) => Object.keys(capabilities).length === 0;

/** Names one set of capabilities and log level, for keys. */
export const digestOf = (...parts: unknown[]) => createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);

/** Whether a client that declared these may be asked this. */
export const mayAsk = (capabilities: JsonObject, { method, params }: PeerMessage) => refusalOf(method, params, capabilities) === null;
