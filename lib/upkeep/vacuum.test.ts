import { sql } from "drizzle-orm";
import { afterAll, beforeEach, expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import { migrate } from "@/lib/db/migrate";
import { openPglite } from "@/lib/db/open";
import { newId } from "@/lib/ids";
import { anOrg } from "@/tests/support/factories";
import { dailyVacuum } from "./vacuum";

const database = await openPglite();
afterAll(() => database.close());
const { db } = database;
await migrate(db);
const { org } = await anOrg(db);
const begun = new Date();
const after = (minutes: number) => new Date(begun.getTime() + minutes * 60_000);
const day = 24 * 60;

beforeEach(async () => {
  await db.delete(schema.calls);
});

async function insertCalls(count: number, at: Date) {
  const same = { orgId: org.id, instanceId: "ins", clientName: "c", portalName: "p", method: "tools/call", protocolVersion: "2025-11-25" };
  const rows = Array.from({ length: count }, () => ({ id: newId("cal", at.getTime()), startedAt: at, ...same, decision: "allowed", outcome: "ok" }) as const);
  await db.insert(schema.calls).values(rows.map((row) => ({ ...row, personEmail: "a@acme.test" })));
}

const callBytes = async () => {
  const [row] = await db.select({ bytes: sql`pg_relation_size('call')`.mapWith(Number) }).from(schema.organizations);
  return row?.bytes ?? 0;
};

test("the space of deleted calls is used again", async () => {
  const vacuum = dailyVacuum(begun);
  await insertCalls(1_000, after(-60));
  const bytes = await callBytes();
  for (let days = 1; days <= 3; days++) {
    await db.delete(schema.calls);
    await vacuum(database, after(days * day + days));
    await insertCalls(1_000, after(-60));
  }
  expect(await callBytes()).toBeLessThan(1.5 * bytes);
});

test("it waits for ten minutes after the start, then for a minute without a call, but no longer than a day", async () => {
  let done = 0;
  const counted = { db, vacuum: async () => void done++ };
  const vacuum = dailyVacuum(begun);
  const at = async (minutes: number) => {
    await vacuum(counted, after(minutes));
    return done;
  };
  expect(await at(9)).toBe(0);
  await insertCalls(1, after(10));
  expect(await at(10.5)).toBe(0);
  expect(await at(11.5)).toBe(1);
  expect(await at(day)).toBe(1);
  await insertCalls(1, after(2 * day + 12));
  expect(await at(2 * day + 11)).toBe(1);
  expect(await at(2 * day + 12)).toBe(2);
});

test("one that failed is tried again", async () => {
  const vacuum = dailyVacuum(begun);
  let tries = 0;
  const failing = () => {
    tries++;
    throw new Error("no space left on the disk");
  };
  await expect(vacuum({ db, vacuum: failing }, after(day))).rejects.toThrow("no space");
  await expect(vacuum({ db, vacuum: failing }, after(day + 1))).rejects.toThrow("no space");
  expect(tries).toBe(2);
});

test("where the database does it by itself there is nothing to do", async () => {
  await expect(dailyVacuum(begun)({ db }, after(day))).resolves.toBeUndefined();
});
