import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@/lib/db/migrate";
import { openDatabase } from "@/lib/db/open";
import { freshPostgres } from "./fresh-postgres";

/** Around a whole run: what its test files begin with, so that each has a database without making it anew (`testDatabase`). */
export default async function run(): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-run-"));
  process.env.TEST_EMBEDDED_DUMP = join(directory, "embedded.tar");
  if (process.env.TEST_DATABASE_URL) process.env.TEST_TEMPLATE = await template(process.env.TEST_DATABASE_URL);
  return () => rmSync(directory, { recursive: true, force: true });
}

async function template(adminUrl: string): Promise<string> {
  const url = await freshPostgres(adminUrl);
  const opened = await openDatabase({ url, neonWsProxy: process.env.TEST_NEON_WS_PROXY, dataDir: "" });
  await migrate(opened.db);
  await opened.close();
  return new URL(url).pathname.slice(1);
}
