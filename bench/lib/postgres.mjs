import { startPostgres } from "../../scripts/lib/postgres.mjs";

/** A PostgreSQL of the bench's own, or null where there is none. Unlike the tests' it writes to disk as a real one does. */
export async function startDatabases() {
  const postgres = await startPostgres({ fsync: "on", max_connections: 400, max_wal_size: "4GB", maintenance_work_mem: "512MB" });
  const { default: pg } = await import("pg");
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  let last = Promise.resolve();
  return {
    pid: postgres.pid,
    /** An empty database, or a copy of another to which nobody is connected. */
    async create(name, template) {
      last = last.then(() => admin.query(`create database "${name}"${template ? ` template "${template}"` : ""}`));
      await last;
      return urlOf(postgres.url, name);
    },
    query: (name, text) => queryIn(pg, urlOf(postgres.url, name), text),
    async stop() {
      await admin.end();
      await postgres.stop();
    },
  };
}

function urlOf(base, name) {
  const url = new URL(base);
  url.pathname = `/${name}`;
  return url.href;
}

async function queryIn(pg, connectionString, text) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
