import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import { raises } from "@/lib/orgs/access-version";
import type { AccessVersions } from "./access-versions";
import { findTokenFacts, type TokenFacts } from "./admission-query";
import { Lru } from "./lru";
import type { PortalCache, Standing } from "./portal-cache";

/** What stands behind a live token: its grant, and what its person is in the portal. */
export type Admitted = { facts: TokenFacts; standing: Standing };

/** Held weakly: what an outdated version of a portal was goes with it, though tokens that nobody uses any more still name it. */
type Remembered = { facts: TokenFacts; standing: WeakRef<Standing> };

const tokensMax = 20_000;

/**
 * Tokens that were looked up, for as long as the access version of their organization is the same: every change that bears on a token, its
 * grant, its person or its portal raises that (tests/access-version.test.ts). Keyed by the token's hash; an ended token ends here, too.
 */
export class Admissions {
  private readonly known = new Lru<Remembered>(tokensMax);
  private readonly loading = new Map<string, Promise<Admitted | null>>();

  constructor(
    private readonly db: Database,
    private readonly portals: PortalCache,
    private readonly versions: AccessVersions,
  ) {}

  /** At once when nothing can have changed; null for a token that is not, or no longer, good. */
  find(token: string, now: Date): Admitted | null | Promise<Admitted | null> {
    const tokenHash = hashToken(token);
    const known = this.known.get(tokenHash);
    const standing = known?.standing.deref();
    if (!known || !standing) return this.load(tokenHash, now);
    const admitted = { facts: known.facts, standing };
    const { orgId, accessVersion, expiresAt } = known.facts;
    if (expiresAt <= now) {
      this.known.delete(tokenHash);
      return null;
    }
    const current = this.versions.current(orgId);
    if (current === accessVersion) return admitted;
    if (current !== undefined || raises().size > 0) return this.load(tokenHash, now);
    return this.versions.confirmed(orgId).then((version) => (version === accessVersion ? admitted : this.load(tokenHash, now)));
  }

  private async load(tokenHash: string, now: Date): Promise<Admitted | null> {
    // A look-up that began before a change of our own must not answer for a request that came after it.
    const joined = raises().size === 0 ? this.loading.get(tokenHash) : undefined;
    let found = await (joined ?? this.begin(tokenHash, now));
    if (found && found.facts.accessVersion < this.versions.latest(found.facts.orgId)) found = await this.begin(tokenHash, now);
    return found;
  }

  private begin(tokenHash: string, now: Date): Promise<Admitted | null> {
    const begun = this.read(tokenHash, now).finally(() => {
      if (this.loading.get(tokenHash) === begun) this.loading.delete(tokenHash);
    });
    this.loading.set(tokenHash, begun);
    return begun;
  }

  private async read(tokenHash: string, now: Date): Promise<Admitted | null> {
    const readAt = performance.now();
    const facts = await findTokenFacts(this.db, tokenHash, now);
    this.known.delete(tokenHash);
    if (!facts) return null;
    this.versions.learn(facts.orgId, facts.accessVersion, readAt);
    const standing = await this.portals.standing(facts);
    if (!standing) return null;
    this.known.set(tokenHash, { facts, standing: new WeakRef(standing) });
    return { facts, standing };
  }
}
