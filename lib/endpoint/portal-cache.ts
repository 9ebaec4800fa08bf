import type { Database } from "@/lib/db/types";
import { type Access, type Machine, type Person, portalAccess } from "@/lib/gateway/access";
import { buildCatalogue, type Catalogue, catalogueKey } from "@/lib/gateway/catalogue";
import type { PortalView } from "@/lib/gateway/types";
import { loadPerson, loadPortalView } from "@/lib/portals/view";
import type { TokenFacts } from "./admission-query";
import { Lru } from "./lru";
import { Narrowings } from "./narrowings";

/** What a person, or a service token, is in a portal: whether they are admitted, by what, and what they find there. */
export type Standing = { view: PortalView; access: Access; catalogue: Catalogue };

type Loaded = { view: PortalView; catalogueOf(person: Person | Machine): Catalogue };
/** A portal as of one access version. What people are in it goes when the portal's next version comes. */
type Known = { version: number; loading: Promise<Loaded | null>; loaded: Loaded | null; standings: Lru<Promise<Standing | null>> };

/**
 * Portals and people as of one access version. The version is compared on every look-up and is read afresh on every request, so a
 * change to rights is seen by the very next one (design 4.16); everything else here only saves work.
 */
export class PortalCache {
  private readonly portals = new Lru<Known>(1_000);
  private readonly narrowings = new Narrowings();

  constructor(private readonly db: Database) {}

  /** Null when the portal or the person is gone. */
  standing(facts: TokenFacts): Promise<Standing | null> {
    const portal = this.portal(facts);
    // The address can change without a version of this organization changing, so it belongs to the key.
    const key = `${facts.holderId} ${facts.email} ${facts.verifiedAt?.getTime() ?? ""}`;
    const whole = () => Lru.shared(portal.standings, key, () => this.load(portal, facts));
    if (facts.serversOff.length === 0) return whole();
    return Lru.shared(portal.standings, `${key} ${facts.serversOff.join(" ")}`, async () => {
      const found = await whole();
      // Without the portal's tools nobody could switch a server on again, so then nothing is off.
      return found?.view.portal.portalTools ? { ...found, catalogue: this.narrowings.of(found.catalogue, facts.serversOff) } : found;
    });
  }

  private async load({ loading }: Known, facts: TokenFacts): Promise<Standing | null> {
    const who: Machine | Promise<Person | null> = facts.personId === null ? "service_token" : loadPerson(this.db, facts.orgId, facts.personId);
    const [loaded, person] = await Promise.all([loading, who]);
    if (!loaded || !person) return null;
    return { view: loaded.view, access: portalAccess(loaded.view, person), catalogue: loaded.catalogueOf(person) };
  }

  private portal({ orgId, portalId, accessVersion: version }: TokenFacts): Known {
    const known = this.portals.get(portalId);
    if (known?.version === version) return known;
    const loading = loadPortalView(this.db, orgId, portalId, known?.loaded?.view).then((view) => view && withCatalogues(view));
    // Until the new one is there, the next after it has the old one to begin from.
    const begun: Known = { version, loading, loaded: known?.loaded ?? null, standings: new Lru(20_000) };
    this.portals.set(portalId, begun);
    loading.then(
      (loaded) => {
        begun.loaded = loaded;
      },
      () => {
        if (this.portals.get(portalId) === begun) this.portals.delete(portalId);
      },
    );
    return begun;
  }
}

function withCatalogues(view: PortalView): Loaded {
  const catalogues = new Lru<Catalogue>(100);
  return {
    view,
    catalogueOf(person) {
      const key = catalogueKey(view, person);
      const catalogue = catalogues.get(key) ?? buildCatalogue(view, person);
      catalogues.set(key, catalogue);
      return catalogue;
    },
  };
}
