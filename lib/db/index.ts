import { env } from "@/lib/env";
import { singleton } from "@/lib/singleton";
import { migrate } from "./migrate";
import { type OpenDatabase, openDatabase } from "./open";
import type { Database } from "./types";

export type { Database } from "./types";

/** The process's database: opened, migrated once, shared by every bundle. */
export function database(): Promise<Database> {
  return openedDatabase().then((opened) => opened.db);
}

export function openedDatabase(): Promise<OpenDatabase> {
  return singleton("database", async () => {
    const { DATABASE_URL, NEON_WS_PROXY, DATA_DIR } = env();
    const opened = await openDatabase({ url: DATABASE_URL, neonWsProxy: NEON_WS_PROXY, dataDir: DATA_DIR });
    await migrate(opened.db);
    return opened;
  });
}
