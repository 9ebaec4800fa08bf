// Fills databases for the bench, in a process of its own: the gateways that it measures have none of this in their memory.
import { migrate } from "@/lib/db/migrate";
import { openDatabase } from "@/lib/db/open";
import { answer } from "../lib/part.mjs";
import { sizes } from "./sizes";
import { standard } from "./standard";

export type Place = { publicUrl: string; ports: number[]; era: "modern" | "legacy" };
type Input = Place & { databaseUrl?: string; dataDir: string; world: keyof typeof worlds };

const worlds = { standard, sizes };

answer(async ({ databaseUrl, dataDir, world, ...place }: Input) => {
  const { db, close } = await openDatabase({ url: databaseUrl, dataDir });
  try {
    await migrate(db);
    return await worlds[world](db, place);
  } finally {
    await close();
  }
});
