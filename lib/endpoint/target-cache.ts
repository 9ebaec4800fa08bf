import type { TargetPlace } from "@/lib/gateway/ports";
import { isMissing, type NoCredential, type UpstreamTarget } from "@/lib/mcp/upstream-types";
import { Lru } from "./lru";

const freshMsMax = 5_000;

type Found = UpstreamTarget | NoCredential | null;

/**
 * Where servers are, with the credential unsealed, for a few seconds at most: a busy portal would otherwise read and unseal the same row
 * thousands of times a second. A change of a server's address, of its credential or of a person's own raises the access version, which is
 * in the key, beside whose account it is: nobody gets another one's (ME-18).
 */
export class TargetCache {
  private readonly targets = new Lru<Promise<{ found: Found; until: number }>>(2_000);

  constructor(private readonly load: (place: TargetPlace) => Promise<Found>) {}

  async get(place: TargetPlace): Promise<Found> {
    const key = keyOf(place);
    let isMine = false;
    const { found, until } = await Lru.shared(this.targets, key, async () => {
      isMine = true;
      const loaded = await this.load(place);
      return { found: loaded, until: performance.now() + freshMs(loaded) };
    });
    // Who loaded it uses it, however short it lasts.
    if (isMine || until > performance.now()) return found;
    this.targets.delete(key);
    return this.get(place);
  }

  forget(place: TargetPlace): void {
    this.targets.delete(keyOf(place));
  }
}

const keyOf = ({ orgId, serverId, accessVersion, personId }: TargetPlace) => `${orgId} ${serverId} ${accessVersion} ${personId ?? "shared"}`;

// Never for longer than a tenth of what is left of the credential, which is when it would be renewed.
function freshMs(found: Found): number {
  if (!found || isMissing(found) || !found.credentialUntil) return freshMsMax;
  return Math.max(0, Math.min(freshMsMax, (found.credentialUntil.getTime() - Date.now()) / 10));
}
