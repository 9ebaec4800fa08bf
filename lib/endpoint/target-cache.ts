import type { TargetPlace } from "@/lib/gateway/ports";
import { isMissing, type NoCredential, type UpstreamTarget } from "@/lib/mcp/upstream-types";
import { inTime } from "./in-time";
import { Lru } from "./lru";

const freshMsMax = 5_000;
const missingMsMax = 1_000;
/** As long as access itself is remembered without a database (`AccessVersions`), */
const awayMsMax = 30_000;
/** and nobody waits for longer to hear that it is away. */
const answerMs = 2_000;

type Found = UpstreamTarget | NoCredential | null;

/**
 * Where servers are, with the credential unsealed, for a few seconds at most: a busy portal would otherwise read and unseal the same row
 * thousands of times a second. A change of a server's address, of its credential or of a person's own raises the access version, which is
 * in the key, beside whose account it is: nobody gets another one's (ME-18).
 */
export class TargetCache {
  private readonly known = new Lru<Known>(2_000);
  private readonly loading = new Map<string, Promise<Found>>();

  constructor(private readonly load: (place: TargetPlace) => Promise<Found>) {}

  /** At once when it was read lately. */
  get(place: TargetPlace): Found | Promise<Found> {
    const key = keyOf(place);
    const known = this.known.get(key);
    if (known && known.until > performance.now()) return known.found;
    return this.loading.get(key) ?? this.begin(key, place, known);
  }

  forget(place: TargetPlace): void {
    const key = keyOf(place);
    this.known.delete(key);
    this.loading.delete(key);
  }

  private begin(key: string, place: TargetPlace, before: Known | undefined): Promise<Found> {
    // What was read shortly before still holds while the database is away, perhaps for a moment only, unless a renewal may be due.
    const lasts = before !== undefined && isLasting(before);
    const loading: Promise<Found> = (lasts ? inTime(this.load(place), answerMs) : this.load(place))
      .then(
        (found) => {
          this.keep(key, loading, { found, readAt: performance.now(), until: performance.now() + freshMs(found) });
          return found;
        },
        (error: unknown) => {
          if (!lasts) throw error;
          this.keep(key, loading, { ...before, until: Math.min(performance.now() + freshMsMax, before.readAt + awayMsMax) });
          return before.found;
        },
      )
      .finally(() => {
        if (this.loading.get(key) === loading) this.loading.delete(key);
      });
    this.loading.set(key, loading);
    return loading;
  }

  /** Not if it was to be forgotten meanwhile. */
  private keep(key: string, loading: Promise<Found>, known: Known): void {
    if (this.loading.get(key) === loading) this.known.set(key, known);
  }
}

type Known = { found: Found; readAt: number; until: number };

const keyOf = ({ orgId, serverId, accessVersion, personId }: TargetPlace) => `${orgId} ${serverId} ${accessVersion} ${personId ?? "shared"}`;

// Never for longer than a tenth of what is left of the credential, which is when it would be renewed.
function freshMs(found: Found): number {
  // A provider that was away for a moment may be back.
  if (found && isMissing(found)) return missingMsMax;
  if (!found?.credentialUntil) return freshMsMax;
  return Math.max(0, Math.min(freshMsMax, (found.credentialUntil.getTime() - Date.now()) / 10));
}

const isLasting = ({ found, readAt }: Known) => found !== null && !isMissing(found) && !found.credentialUntil && performance.now() - readAt < awayMsMax;
