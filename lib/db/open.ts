import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { neonConfig, Pool as NeonPool } from "@neondatabase/serverless";
import { drizzle as drizzleNeon } from "drizzle-orm/neon-serverless";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { Pool, type PoolConfig } from "pg";
import { WebSocket } from "ws";
import * as schema from "@/drizzle/schema";
import { assertOutside, insideTransaction } from "./guard";
import { takeLock } from "./lock";
import { shareEmbedded } from "./share";
import type { Database } from "./types";

export type Door = "pglite" | "pg" | "neon";
export type OpenDatabase = {
  db: Database;
  /** The same database for the record of calls: through connections of its own, so that no page can hold up a call, and with less patience. */
  records: Database;
  door: Door;
  /** No other process can change it. */
  isAlone: boolean;
  /** In the process that has the embedded database, which does not do it by itself. Everybody waits meanwhile. */
  vacuum?(): Promise<void>;
  close(): Promise<void>;
};
export type DatabaseSettings = { url?: string; neonWsProxy?: string; dataDir: string; share?: Share };
/** The embedded database is one process's, its host's; another is its guest, through a socket in this directory, which is ours alone. */
export type Share = { as: "host" | "guest"; directory: string };

/** Chooses the door by the URL: none is the embedded PGlite, Neon's host or a proxy its driver, anything else `pg` (design 4.3). */
export function openDatabase(settings: DatabaseSettings): Promise<OpenDatabase> {
  if (!settings.url && settings.share?.as === "guest") return openEmbeddedAsGuest(settings.share.directory);
  if (!settings.url) return openPglite(join(settings.dataDir, "db"), { lockDir: settings.dataDir, shareIn: settings.share?.directory });
  if (settings.neonWsProxy || /\.neon\.tech$/.test(new URL(settings.url).hostname)) return openNeon(settings.url, settings.neonWsProxy);
  return openPg(settings.url);
}

export type EmbeddedSettings = {
  /** Kept from other processes through a lock here. */
  lockDir?: string;
  /** Guests come in through a socket here. */
  shareIn?: string;
  /** What it begins with, as PGlite's `dumpDataDir` gives it. */
  copyOf?: Blob;
};

/** `directory` undefined keeps the database in memory. */
export async function openPglite(directory?: string, { lockDir, shareIn, copyOf }: EmbeddedSettings = {}): Promise<OpenDatabase> {
  const release = lockDir ? takeLock(lockDir) : () => {};
  if (directory) mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Loaded only here: `next build` and PostgreSQL installations never touch the 20 MB of WASM.
  const { PGlite } = await import("@electric-sql/pglite");
  const client = await PGlite.create({ dataDir: directory, loadDataDir: copyOf });
  // Its one connection would wait for itself for ever; here that throws. AsyncLocalStorage costs every promise of the process, so only here.
  const unshare = shareIn === undefined ? async () => {} : await shareEmbedded(client, join(shareIn, socketName));
  onlyOutside(client, "query");
  onlyOutside(client, "exec");
  const db = guarded(drizzlePglite(client, { schema }) as unknown as Database);
  return {
    db,
    records: db,
    door: "pglite",
    isAlone: shareIn === undefined,
    vacuum: async () => void (await client.exec("vacuum (analyze)")),
    close: async () => {
      await unshare();
      await client.close();
      release();
    },
  };
}

/** What `pg` looks for in a directory. */
const socketPort = 5432;
const socketName = `.s.PGSQL.${socketPort}`;

/** One connection, since there is one session; and so, as in its host, nothing may use the outer database inside a transaction. */
async function openEmbeddedAsGuest(directory: string): Promise<OpenDatabase> {
  const pool = new Pool({ host: directory, port: socketPort, ssl: false, user: "postgres", database: "postgres", max: 1, connectionTimeoutMillis: 15_000 });
  survive(pool);
  onlyOutside(pool, "query");
  const db = guarded(drizzlePg(pool, { schema }) as unknown as Database);
  return { db, records: db, door: "pglite", isAlone: false, close: () => pool.end() };
}

async function openPg(url: string): Promise<OpenDatabase> {
  const opened = (more: PoolConfig) => {
    const pool = new Pool({ connectionString: url, ...patience, idle_in_transaction_session_timeout: 15_000, ...more });
    survive(pool);
    return { pool, db: drizzlePg(pool, { schema }) as unknown as Database };
  };
  return twoPools("pg", opened({ max: 10 }), opened(ofRecords));
}

async function openNeon(url: string, wsProxy?: string): Promise<OpenDatabase> {
  neonConfig.webSocketConstructor = WebSocket;
  if (wsProxy) {
    neonConfig.wsProxy = () => wsProxy;
    neonConfig.useSecureWebSocket = false;
    neonConfig.pipelineTLS = false;
    neonConfig.pipelineConnect = false;
  }
  const opened = (more: PoolConfig) => {
    const pool = new NeonPool({ connectionString: url, ...patience, ...more });
    survive(pool);
    return { pool, db: drizzleNeon(pool, { schema }) as unknown as Database };
  };
  return twoPools("neon", opened({ max: 10 }), opened(ofRecords));
}

const patience = { connectionTimeoutMillis: 5_000, statement_timeout: 15_000 };
/** One connection for starts and one for ends. Without an answer in time a connection is given up: its network may be gone without a word. */
const ofRecords = { max: 2, query_timeout: 5_000 };

/**
 * A connection that breaks is replaced at its next use, and the query that needs it reports. One that breaks between two statements of a
 * transaction has no query to tell, and an error event that nobody hears would end the process.
 */
function survive(pool: { on(event: "error", listener: () => void): unknown; on(event: "connect", listener: (client: { on: Heard }) => void): unknown }): void {
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
}

type Heard = (event: "error", listener: () => void) => unknown;
type OpenPool = { pool: { end(): Promise<void> }; db: Database };

const twoPools = (door: Door, { pool, db }: OpenPool, records: OpenPool): OpenDatabase => ({
  db,
  records: records.db,
  door,
  isAlone: false,
  close: async () => void (await Promise.all([pool.end(), records.pool.end()])),
});

/** Lets a method of a driver be called outside transactions only. */
function onlyOutside<K extends string>(driver: { [key in K]: (...args: never[]) => unknown }, name: K): void {
  const method = driver[name] as (...args: unknown[]) => unknown;
  const outside = (...args: unknown[]) => {
    assertOutside();
    return method.apply(driver, args);
  };
  Object.assign(driver, { [name]: outside });
}

function guarded(db: Database): Database {
  const transaction = db.transaction.bind(db);
  db.transaction = ((work, config) => {
    assertOutside();
    return transaction((tx) => insideTransaction(() => work(tx)), config);
  }) as typeof db.transaction;
  return db;
}
