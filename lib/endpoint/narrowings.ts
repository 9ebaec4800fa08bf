import { type Catalogue, narrowed } from "@/lib/gateway/catalogue";
import { Lru } from "./lru";

const perCatalogueMax = 20;

/** Catalogues without the servers that a grant has switched off. A person can make many such choices, so only a few of each catalogue stay. */
export class Narrowings {
  private readonly known = new WeakMap<Catalogue, Lru<Catalogue>>();

  of(catalogue: Catalogue, serversOff: readonly string[]): Catalogue {
    const off = new Set(serversOff);
    const key = catalogue.servers.flatMap(({ server }) => (off.has(server.id) ? server.id : [])).join(" ");
    if (key === "") return catalogue;
    const kept = this.known.get(catalogue) ?? new Lru<Catalogue>(perCatalogueMax);
    this.known.set(catalogue, kept);
    const found = kept.get(key) ?? narrowed(catalogue, off);
    kept.set(key, found);
    return found;
  }
}
