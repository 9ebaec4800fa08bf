import type { Caller } from "@/lib/gateway/ports";
import type { Entry } from "@/lib/gateway/catalogue";
import { renameOf } from "@/lib/gateway/renamed-uris";
import type { CallMethod } from "@/lib/gateway/route";
import type { Exchange } from "./exchange";
import { isObject, type RequestId } from "./frame";
import { legacyResult, modernResult } from "./result-text";
import type { Passage } from "./upstream-types";

type Write = (held: Parameters<typeof legacyResult>[0]) => string;
type Place = { exchange: Exchange; id: RequestId; entry: Entry };

/** A way for large results straight to a client of the 2025 eras; none where URIs have to be renamed, which needs the whole of them. */
export const legacyPassage = (place: Place): Passage | undefined => passageOf(place, legacyHolds, legacyResult);

/** The same for a client of 2026-07-28, whose envelope is written at the end. */
export const modernPassage = (place: Place, method: CallMethod, caller: Caller): Passage | undefined =>
  passageOf(place, modernHolds, (held) => modernResult(held, method, caller));

const legacyHolds = new Set(["resultType", "ttlMs", "cacheScope"]);
const modernHolds = new Set([...legacyHolds, "_meta"]);

function passageOf(place: Place, holds: ReadonlySet<string>, write: Write): Passage | undefined {
  return renameOf(place.entry.server) ? undefined : new ResultPassage(place, holds, write);
}

// A class, since making an object with a getter for each call costs more than the rest of it.
class ResultPassage implements Passage {
  constructor(
    private readonly place: Place,
    readonly holds: ReadonlySet<string>,
    private readonly write: Write,
  ) {}

  open() {
    return this.place.exchange.pour();
  }

  get head(): string {
    return `{"jsonrpc":"2.0","id":${JSON.stringify(this.place.id)},"result":{`;
  }

  tail(raw: string): string {
    const value: unknown = JSON.parse(raw);
    const result = isObject(value) ? value : {};
    return this.write({ kind: "result", result, raw, upstreamModern: result.resultType !== undefined, entry: this.place.entry }).slice(1, -1);
  }
}
