import { env } from "@/lib/env";
import { singleton } from "@/lib/singleton";
import { migrate } from "./migrate";
import { type OpenDatabase, openDatabase, type Share } from "./open";
import type { Database } from "./types";

export type { Database } from "./types";

/** The process's database: opened, migrated once, shared by every bundle. */
export function database(): Promise<Database> {
  return openedDatabase().then((opened) => opened.db);
}

/** `share`: how this process shares the embedded database, if it does; said by whoever opens it first. */
export function openedDatabase(share?: Share): Promise<OpenDatabase> {
  return singleton("database", async () => {
    const { DATABASE_URL, NEON_WS_PROXY, DATA_DIR } = env();
    const opened = await openDatabase({ url: DATABASE_URL, neonWsProxy: NEON_WS_PROXY, dataDir: DATA_DIR, share });
    await migrate(opened.db);
    return opened;
  });
}
