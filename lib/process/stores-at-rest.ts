import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import type { Pages } from "./door";

/** Pages are asked for in a row. */
const restMs = 10_000;

/**
 * Next.js keeps what a request is about in an `AsyncLocalStorage`. From the first use of one, Node does work for every promise of the process, which
 * is a tenth of what a call costs, until it is disabled; the next use enables it again. So those of Next.js rest while nobody asks for pages.
 * This runs before it is loaded: it takes the class from the global or from the module, and what imports the module as we do is left alone.
 */
export function storesAtRest(): { between(pages: Pages): Pages } {
  const stores = new Set<AsyncLocalStorage<unknown>>();
  class Resting<T> extends AsyncLocalStorage<T> {
    constructor() {
      super();
      stores.add(this);
    }
  }
  Object.assign(globalThis, { AsyncLocalStorage: Resting });
  Object.assign(createRequire(import.meta.url)("node:async_hooks"), { AsyncLocalStorage: Resting });
  let open = 0;
  const rest = () => {
    if (open === 0) for (const store of stores) store.disable();
  };
  return {
    between(pages) {
      // Starting used them, too.
      rest();
      const resting = setTimeout(rest, restMs).unref();
      return (req, res) => {
        open++;
        res.once("close", () => {
          open--;
          resting.refresh();
        });
        return pages(req, res);
      };
    },
  };
}
