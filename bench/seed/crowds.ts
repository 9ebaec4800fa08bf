import type { Database } from "@/lib/db/types";
import { aBenchPortal, type Seeded } from "./portal";
import type { Place } from "./seed";

const [organizations, people] = [10, 20];

/** Many people of several organizations, so that it is the process that has too much to do, and no organization that reaches its limit. */
export async function crowds(db: Database, place: Place) {
  const all: Record<string, Seeded> = {};
  for (let i = 0; i < organizations; i++) all[`crowd${i}`] = await aBenchPortal(db, place, { servers: 5, toolsEach: 10, off: 1, people });
  return all;
}
