import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { openDatabase } from "@/lib/db/open";

/** A database of its own in the PostgreSQL at `adminUrl`, empty or like another one; its URL. */
export async function freshPostgres(adminUrl: string, like?: string): Promise<string> {
  const name = `fresh_${randomBytes(6).toString("hex")}`;
  const admin = await openDatabase({ url: adminUrl, dataDir: "" });
  await admin.db.execute(sql.raw(`create database ${name}${like === undefined ? "" : ` template ${like}`}`));
  await admin.close();
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
