import type { Caller } from "@/lib/gateway/ports";
import type { Entry } from "@/lib/gateway/catalogue";
import { renameOf } from "@/lib/gateway/renamed-uris";
import type { CallMethod } from "@/lib/gateway/route";
import type { Exchange } from "./exchange";
import { isObject, type RequestId } from "./frame";
import { legacyResult, modernResult } from "./result-text";
import type { Passage } from "./upstream-types";

type Place = { exchange: Exchange; id: RequestId; entry: Entry };

/** A way for large results straight to a client of the 2025 eras; none where URIs have to be renamed, which needs the whole of them. */
export const legacyPassage = (place: Place): Passage | undefined => passageOf(place, legacyHolds, (held) => legacyResult(held));

/** The same for a client of 2026-07-28, whose envelope is written at the end. */
export const modernPassage = (place: Place, method: CallMethod, caller: Caller): Passage | undefined =>
  passageOf(place, modernHolds, (held) => modernResult(held, method, caller));

const legacyHolds = new Set(["resultType", "ttlMs", "cacheScope"]);
const modernHolds = new Set([...legacyHolds, "_meta"]);

function passageOf(
  { exchange, id, entry }: Place,
  holds: ReadonlySet<string>,
  write: (held: Parameters<typeof legacyResult>[0]) => string,
): Passage | undefined {
  if (renameOf(entry.server)) return undefined;
  return {
    open: () => exchange.pour(),
    get head() {
      return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{`;
    },
    holds,
    tail(raw) {
      const value: unknown = JSON.parse(raw);
      const result = isObject(value) ? value : {};
      return write({ kind: "result", result, raw, upstreamModern: result.resultType !== undefined, entry }).slice(1, -1);
    },
  };
}
