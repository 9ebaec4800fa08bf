import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { aPerson } from "@/tests/support/factories";
import { testDatabase } from "@/tests/support/database";
import { migrate } from "./migrate";
import { openPglite } from "./open";

const db = await testDatabase();

test("a second start has nothing to migrate", async () => {
  expect(await migrate(db)).toBe(0);
});

test("a database migrated by a newer version refuses to start", async () => {
  await db.execute(sql`insert into gatehouse_migration (hash, made_at) values ('from the future', 9999999999999)`);
  await expect(migrate(db)).rejects.toThrow(/newer Gatehouse/);
  await db.execute(sql`delete from gatehouse_migration where hash = 'from the future'`);
});

// Only the embedded database has one connection, which would wait for itself for ever.
test("the outer database inside a transaction throws instead of waiting for itself, and so does a nested transaction", async () => {
  const { db: embedded, close } = await openPglite();
  await migrate(embedded);
  await expect(embedded.transaction(async () => aPerson(embedded))).rejects.toMatchObject({ cause: { message: expect.stringMatching(/outer database/) } });
  await expect(embedded.transaction(async () => embedded.transaction(async () => 1))).rejects.toThrow(/outer database/);
  await close();
});
