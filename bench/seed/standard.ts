import type { Database } from "@/lib/db/types";
import { aBenchPortal } from "./portal";
import type { Place } from "./seed";

/** What most scenarios need: a portal of five servers to call, the same with more people, and two to list. */
export async function standard(db: Database, place: Place) {
  return {
    calls: await aBenchPortal(db, place, { servers: 5, toolsEach: 10, off: 1 }),
    crowd: await aBenchPortal(db, place, { servers: 5, toolsEach: 10, off: 1, people: 200 }),
    list10: await aBenchPortal(db, place, { servers: 1, toolsEach: 10, off: 1 }),
    list1000: await aBenchPortal(db, place, { servers: 1, toolsEach: 1_000, off: 100 }),
  };
}
