import type { Database } from "@/lib/db/types";
import { aBenchPortal } from "./portal";
import type { Place } from "./seed";

/** The same portal again and again, each time with much more of one thing. */
export async function sizes(db: Database, place: Place) {
  const small = { servers: 1, toolsEach: 10, policies: 1 };
  return {
    small: await aBenchPortal(db, place, small),
    capabilities: await aBenchPortal(db, place, { ...small, toolsEach: 2_000 }),
    servers: await aBenchPortal(db, place, { ...small, servers: 80 }),
    policies: await aBenchPortal(db, place, { ...small, policies: 200 }),
    grants: await aBenchPortal(db, place, { ...small, people: 10_000 }),
  };
}
