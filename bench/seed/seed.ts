// Fills databases for the bench and changes what is in them, in a process of its own: the gateways that it measures have none of
// this in their memory, and a change that is made here reaches them as one made on another instance does.
import { migrate } from "@/lib/db/migrate";
import { openDatabase } from "@/lib/db/open";
import { answer } from "../lib/part.mjs";
import { type Change, change } from "./change";
import { crowds } from "./crowds";
import { isolation } from "./isolation";
import { sizes } from "./sizes";
import { standard } from "./standard";

export type Place = { publicUrl: string; ports: number[]; badPort: number; era: "modern" | "legacy" };
type Filling = Place & { databaseUrl?: string; dataDir: string; world: keyof typeof worlds };

const worlds = { standard, sizes, isolation, crowds };

answer((input: Filling | Change) => ("change" in input ? change(input) : fill(input)));

async function fill({ databaseUrl, dataDir, world, ...place }: Filling) {
  const { db, close } = await openDatabase({ url: databaseUrl, dataDir });
  try {
    await migrate(db);
    return await worlds[world](db, place);
  } finally {
    await close();
  }
}
