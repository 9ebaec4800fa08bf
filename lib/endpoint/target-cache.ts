import type { UpstreamTarget } from "@/lib/mcp/upstream-types";
import { Lru } from "./lru";

const secondsMax = 5;

/**
 * Where servers are, with the credential unsealed, for a few seconds at most: a busy portal would otherwise read and unseal the
 * same row thousands of times a second. A change of a server's address or credential bumps the access version, which is in the key.
 */
export class TargetCache {
  private readonly targets = new Lru<Promise<{ target: UpstreamTarget | null; until: number }>>(500);

  constructor(private readonly load: (orgId: string, serverId: string) => Promise<UpstreamTarget | null>) {}

  async get(orgId: string, serverId: string, accessVersion: number): Promise<UpstreamTarget | null> {
    const key = `${orgId} ${serverId} ${accessVersion}`;
    const found = await Lru.shared(this.targets, key, async () => ({
      target: await this.load(orgId, serverId),
      until: performance.now() + secondsMax * 1_000,
    }));
    if (found.until > performance.now()) return found.target;
    this.targets.delete(key);
    return this.get(orgId, serverId, accessVersion);
  }
}
