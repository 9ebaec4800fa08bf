import { join } from "node:path";
import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Database } from "./types";

const migrationLock = 4_718_209_331;

/**
 * Applies what is missing, in one transaction under an advisory lock, so that of many starting instances one migrates.
 * Refuses a database that a newer Gatehouse has migrated. Returns how many migrations ran.
 */
export async function migrate(db: Database, folder = join(process.cwd(), "drizzle", "migrations")): Promise<number> {
  const known = readMigrationFiles({ migrationsFolder: folder });
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local lock_timeout = '20s'`);
    await tx.execute(sql`set local statement_timeout = '120s'`);
    await tx.execute(sql`select pg_advisory_xact_lock(${migrationLock})`);
    await tx.execute(
      sql`create table if not exists gatehouse_migration (hash text primary key, made_at bigint not null, applied_at timestamptz not null default now())`,
    );
    const applied = rows(await tx.execute(sql`select hash from gatehouse_migration`)).map((row) => String(row.hash));
    const unknown = applied.filter((hash) => !known.some((migration) => migration.hash === hash));
    if (unknown.length > 0) throw new Error("this database was migrated by a newer Gatehouse; start that version, or restore a backup");
    const missing = known.filter((migration) => !applied.includes(migration.hash));
    for (const migration of missing) {
      for (const statement of migration.sql) if (statement.trim()) await tx.execute(sql.raw(statement));
      await tx.execute(sql`insert into gatehouse_migration (hash, made_at) values (${migration.hash}, ${migration.folderMillis})`);
    }
    return missing.length;
  });
}

/** The rows of a raw statement: every door wraps them differently typed, but always under `rows`. */
export function rows(result: unknown): Record<string, unknown>[] {
  return (result as { rows: Record<string, unknown>[] }).rows;
}
