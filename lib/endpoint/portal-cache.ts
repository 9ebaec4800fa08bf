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

/**
 * Portals and people as of one access version. The version is part of each key and is read afresh on every request, so a
 * change to rights is seen by the very next one (design 4.16); everything else here only saves work.
 */
export class PortalCache {
  private readonly views = new Lru<Promise<LoadedView | null>>(200);
  private readonly standings = new Lru<Promise<Standing | null>>(20_000);
  private readonly narrowings = new Narrowings();

  constructor(private readonly db: Database) {}

  /** Null when the portal or the person is gone. */
  standing(facts: TokenFacts): Promise<Standing | null> {
    // The address can change without a version of this organization changing, so it belongs to the key.
    const key = `${facts.portalId} ${facts.accessVersion} ${facts.holderId} ${facts.email} ${facts.verifiedAt?.getTime() ?? ""}`;
    const standing = Lru.shared(this.standings, key, () => this.load(facts));
    if (facts.serversOff.length === 0) return standing;
    // Without the portal's tools nobody could switch a server on again, so then nothing is off.
    return standing.then((found) => (found?.view.portal.portalTools ? { ...found, catalogue: this.narrowings.of(found.catalogue, facts.serversOff) } : found));
  }

  private async load(facts: TokenFacts): Promise<Standing | null> {
    const who: Machine | Promise<Person | null> = facts.personId === null ? "service_token" : loadPerson(this.db, facts.orgId, facts.personId);
    const [loaded, person] = await Promise.all([this.view(facts), who]);
    if (!loaded || !person) return null;
    return { view: loaded.view, access: portalAccess(loaded.view, person), catalogue: loaded.catalogueOf(person) };
  }

  private view({ orgId, portalId, accessVersion }: TokenFacts): Promise<LoadedView | null> {
    return Lru.shared(this.views, `${portalId} ${accessVersion}`, async () => {
      const view = await loadPortalView(this.db, orgId, portalId);
      return view && withCatalogues(view);
    });
  }
}

type LoadedView = { view: PortalView; catalogueOf(person: Person | Machine): Catalogue };

function withCatalogues(view: PortalView): LoadedView {
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
