import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { PGlite } from "@electric-sql/pglite";
import { afterAll } from "vitest";
import { migrate } from "@/lib/db/migrate";
import { type OpenDatabase, openDatabase, openPglite } from "@/lib/db/open";
import type { Database } from "@/lib/db/types";
import { freshPostgres } from "./fresh-postgres";

/**
 * A migrated database for one test file, on the door under test: PGlite in memory, or a fresh database of the PostgreSQL at
 * TEST_DATABASE_URL (through Neon's driver when TEST_NEON_WS_PROXY is set too). Closed after the file.
 */
export async function testDatabase(): Promise<Database> {
  const opened = process.env.TEST_DATABASE_URL ? await likeTemplate(process.env.TEST_DATABASE_URL) : await embedded();
  afterAll(() => opened.close());
  return opened.db;
}

/** A copy of the one that the first test file of the run made and brought up to date, which takes a fifth of the time. */
async function embedded(): Promise<OpenDatabase> {
  const dump = process.env.TEST_EMBEDDED_DUMP ?? "";
  if (existsSync(dump)) return openPglite(undefined, { copyOf: new Blob([readFileSync(dump)]) });
  const opened = await openPglite();
  await migrate(opened.db);
  const client = Reflect.get(opened.db, "$client") as PGlite;
  // Whole or not there at all, for the other worker.
  const written = `${dump}.${process.pid}`;
  writeFileSync(written, Buffer.from(await (await client.dumpDataDir("none")).arrayBuffer()));
  renameSync(written, dump);
  return opened;
}

async function likeTemplate(adminUrl: string): Promise<OpenDatabase> {
  const url = await freshPostgres(adminUrl, process.env.TEST_TEMPLATE);
  return openDatabase({ url, neonWsProxy: process.env.TEST_NEON_WS_PROXY, dataDir: "" });
}
