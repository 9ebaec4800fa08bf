import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { neonConfig, Pool as NeonPool } from "@neondatabase/serverless";
import { drizzle as drizzleNeon } from "drizzle-orm/neon-serverless";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { Pool } from "pg";
import { WebSocket } from "ws";
import * as schema from "@/drizzle/schema";
import { assertOutside, insideTransaction } from "./guard";
import { takeLock } from "./lock";
import type { Database } from "./types";

export type Door = "pglite" | "pg" | "neon";
export type OpenDatabase = { db: Database; door: Door; close(): Promise<void> };
export type DatabaseSettings = { url?: string; neonWsProxy?: string; dataDir: string };

/** Chooses the door by the URL: none is the embedded PGlite, Neon's host or a proxy its driver, anything else `pg` (design 4.3). */
export function openDatabase(settings: DatabaseSettings): Promise<OpenDatabase> {
  if (!settings.url) return openPglite(join(settings.dataDir, "db"), settings.dataDir);
  if (settings.neonWsProxy || /\.neon\.tech$/.test(new URL(settings.url).hostname)) return openNeon(settings.url, settings.neonWsProxy);
  return openPg(settings.url);
}

/** `directory` undefined keeps the database in memory. */
export async function openPglite(directory?: string, lockDir?: string): Promise<OpenDatabase> {
  const release = lockDir ? takeLock(lockDir) : () => {};
  if (directory) mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Loaded only here: `next build` and PostgreSQL installations never touch the 20 MB of WASM.
  const { PGlite } = await import("@electric-sql/pglite");
  const client = await PGlite.create(directory ? { dataDir: directory } : {});
  // Its one connection would wait for itself for ever; here that throws. AsyncLocalStorage costs every promise of the process, so only here.
  const { query, exec } = client;
  client.query = ((...args: Parameters<typeof query>) => {
    assertOutside();
    return query.apply(client, args);
  }) as typeof query;
  client.exec = ((...args: Parameters<typeof exec>) => {
    assertOutside();
    return exec.apply(client, args);
  }) as typeof exec;
  const db = guarded(drizzlePglite(client, { schema }) as unknown as Database);
  return {
    db,
    door: "pglite",
    close: async () => {
      await client.close();
      release();
    },
  };
}

async function openPg(url: string): Promise<OpenDatabase> {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 15_000,
  });
  pool.on("error", () => {}); // An idle connection that breaks is replaced at its next use; the query that needs it reports.
  return { db: drizzlePg(pool, { schema }) as unknown as Database, door: "pg", close: () => pool.end() };
}

async function openNeon(url: string, wsProxy?: string): Promise<OpenDatabase> {
  neonConfig.webSocketConstructor = WebSocket;
  if (wsProxy) {
    neonConfig.wsProxy = () => wsProxy;
    neonConfig.useSecureWebSocket = false;
    neonConfig.pipelineTLS = false;
    neonConfig.pipelineConnect = false;
  }
  const pool = new NeonPool({ connectionString: url, max: 10, connectionTimeoutMillis: 5_000, statement_timeout: 15_000 });
  pool.on("error", () => {});
  return { db: drizzleNeon(pool, { schema }) as unknown as Database, door: "neon", close: () => pool.end() };
}

function guarded(db: Database): Database {
  const transaction = db.transaction.bind(db);
  db.transaction = ((work, config) => {
    assertOutside();
    return transaction((tx) => insideTransaction(() => work(tx)), config);
  }) as typeof db.transaction;
  return db;
}
