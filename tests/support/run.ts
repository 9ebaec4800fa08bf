import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { migrate } from "@/lib/db/migrate";
import { openDatabase } from "@/lib/db/open";

/** Around a whole run: what its test files begin with, so that each has a database without making it anew (`testDatabase`). */
export default async function run(): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-run-"));
  process.env.TEST_EMBEDDED_DUMP = join(directory, "embedded.tar");
  if (process.env.TEST_DATABASE_URL) process.env.TEST_TEMPLATE = await template(process.env.TEST_DATABASE_URL);
  return () => rmSync(directory, { recursive: true, force: true });
}

async function template(adminUrl: string): Promise<string> {
  const name = `template_${randomBytes(6).toString("hex")}`;
  const admin = await openDatabase({ url: adminUrl, dataDir: "" });
  await admin.db.execute(sql.raw(`create database ${name}`));
  await admin.close();
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const opened = await openDatabase({ url: url.href, neonWsProxy: process.env.TEST_NEON_WS_PROXY, dataDir: "" });
  await migrate(opened.db);
  await opened.close();
  return name;
}
