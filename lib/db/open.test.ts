import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startPostgres } from "@/scripts/lib/postgres.mjs";
import { eventually } from "@/tests/support/eventually";
import { type OpenDatabase, openDatabase } from "./open";

let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined;
let opened: OpenDatabase;
beforeAll(async () => {
  postgres = process.env.TEST_DATABASE_URL ? undefined : await startPostgres();
  const url = process.env.TEST_DATABASE_URL ?? postgres?.url;
  opened = await openDatabase({ url, neonWsProxy: process.env.TEST_NEON_WS_PROXY, dataDir: "" });
});
afterAll(async () => {
  await opened.close();
  await postgres?.stop();
});

test.each(["db", "records"] as const)(
  "a connection of %s that breaks between two statements of a transaction ends that transaction and nothing else",
  async (which) => {
    const faults: unknown[] = [];
    const onFault = (error: unknown) => void faults.push(error);
    process.on("uncaughtException", onFault);
    onTestFinished(() => void process.off("uncaughtException", onFault));
    const { db } = opened;
    const broken = opened[which].transaction(async (tx) => {
      const [mine] = await tx.select({ pid: sql<number>`pg_backend_pid()` }).from(sql`(values (1)) as one`);
      const alive = sql`(select pid from pg_stat_activity where pid = ${mine?.pid}) as alive`;
      await db.execute(sql`select pg_terminate_backend(${mine?.pid})`);
      // Its end has been heard here once another connection says that it is gone, and has been asked once more.
      await eventually(async () => expect(await db.select({ pid: sql`pid` }).from(alive)).toHaveLength(0));
      await db.execute(sql`select 1`);
      await tx.execute(sql`select 1`);
    });
    await expect(broken).rejects.toThrow();
    expect(faults).toEqual([]);
    expect(await opened[which].select({ one: sql<number>`1` }).from(sql`(values (1)) as one`)).toEqual([{ one: 1 }]);
  },
);
