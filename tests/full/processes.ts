import { sql } from "drizzle-orm";
import { Agent, fetch as undiciFetch } from "undici";
import { afterAll } from "vitest";
import { grants, servers } from "@/drizzle/schema";
import { migrate } from "@/lib/db/migrate";
import { openDatabase } from "@/lib/db/open";
import type { Database } from "@/lib/db/types";
import { startPostgres } from "@/scripts/lib/postgres.mjs";
import { freePort } from "@/tests/e2e/support/processes";
import { freshPostgres } from "@/tests/support/fresh-postgres";
import { aDataDir, type Gatehouse, startGatehouse } from "@/tests/mcp/process";

const ends: (() => Promise<void>)[] = [];

/** A migrated database of its own on a real PostgreSQL: the one at TEST_DATABASE_URL, or one started for this file. */
export async function postgresDatabase(): Promise<{ db: Database; url: string }> {
  const started = process.env.TEST_DATABASE_URL ? null : await startPostgres();
  const adminUrl = process.env.TEST_DATABASE_URL ?? started?.url ?? "";
  const url = await freshPostgres(adminUrl);
  const opened = await openDatabase({ url, dataDir: "" });
  await migrate(opened.db);
  afterAll(async () => {
    // A test that failed has left its processes.
    for (const end of ends.splice(0)) await end();
    await opened.close();
    await started?.stop();
  });
  return { db: opened.db, url };
}

/** The product as several processes behind one port, once what is in the database fits its public address. */
export async function startMany(
  database: { db: Database; url: string },
  live: { path: string },
  args: string[],
  env: Record<string, string> = {},
): Promise<Gatehouse> {
  const data = aDataDir();
  const port = await freePort();
  await database.db.update(grants).set({ resource: sql`'http://localhost:' || ${port}::text || ${live.path}::text` });
  // The upkeep would synchronise the servers meanwhile, and withhold what differs from the fixture.
  await database.db.update(servers).set({ nextSyncAt: new Date(Date.now() + 3_600_000) });
  const gatehouse = await startGatehouse({ DATABASE_URL: database.url, DATA_DIR: data.path, PORT: String(port), ...env }, args);
  ends.push(async () => {
    if (gatehouse.child.exitCode === null) gatehouse.signal("SIGTERM");
    await gatehouse.ended;
    data.remove();
  });
  return gatehouse;
}

/** Every request on a connection of its own, so that it may arrive at any of the processes. */
export function freshConnections(): typeof fetch {
  const dispatcher = new Agent({ pipelining: 0 });
  return ((input: string | URL, init: RequestInit) =>
    undiciFetch(input, { ...init, dispatcher } as Parameters<typeof undiciFetch>[1])) as unknown as typeof fetch;
}
