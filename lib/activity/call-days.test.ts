import { beforeAll, expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import type { CallOutcome } from "@/drizzle/schema/activity";
import type { Database } from "@/lib/db/types";
import { idAt } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { anOrg } from "@/tests/support/factories";
import { callsPerDay, countDays, lastDays } from "./call-days";

let db: Database;
beforeAll(async () => {
  db = await testDatabase();
});

let sequence = 0;
const aCall = (orgId: string, at: string, outcome: CallOutcome = "ok") => {
  const startedAt = new Date(at);
  const id = `${idAt("cal", startedAt).slice(0, -6)}${String(sequence++).padStart(6, "0")}`;
  const about = { instanceId: "ins_1", personEmail: "ana@acme.test", clientName: "c", portalName: "p", method: "tools/call", protocolVersion: "2025-11-25" };
  return db.insert(schema.calls).values({ id, orgId, startedAt, outcome, decision: "allowed", ...about });
};

test("days are UTC, days without calls are zeros, and a call that is still open is no problem", async () => {
  const { org } = await anOrg(db);
  const other = await anOrg(db);
  await aCall(org.id, "2026-11-24T00:00:00.000Z", "pending");
  await aCall(org.id, "2026-11-23T23:59:59.999Z", "timeout");
  await aCall(org.id, "2026-11-23T00:00:00.000Z");
  await aCall(org.id, "2026-11-21T12:00:00.000Z", "denied");
  await aCall(org.id, "2026-11-20T12:00:00.000Z");
  await aCall(other.org.id, "2026-11-23T12:00:00.000Z");
  const days = lastDays(new Date("2026-11-24T00:10:00Z"), 4);
  const expected = [
    { day: "2026-11-21", calls: 1, problems: 1 },
    { day: "2026-11-22", calls: 0, problems: 0 },
    { day: "2026-11-23", calls: 2, problems: 1 },
    { day: "2026-11-24", calls: 1, problems: 0 },
  ];
  expect(await callsPerDay(db, org.id, days)).toEqual(expected);
  await countDays(db, new Date("2026-11-24T01:00:00Z"));
  expect(await callsPerDay(db, org.id, days)).toEqual(expected);
});

test("a day is counted once, for every organization, an hour after its end", async () => {
  const { org } = await anOrg(db);
  const countedOf = async () => (await db.select().from(schema.callDays)).filter(({ orgId }) => orgId === org.id).map(({ day, calls }) => [day, calls]);
  await aCall(org.id, "2026-12-09T23:00:00Z");
  await countDays(db, new Date("2026-12-10T00:59:59Z"));
  expect(await countedOf()).not.toContainEqual(["2026-12-09", 1]);
  // Until then what comes late still counts.
  await aCall(org.id, "2026-12-09T23:30:00Z");
  expect(await countDays(db, new Date("2026-12-10T01:00:00Z"), 1)).toBeGreaterThan(0);
  while ((await countDays(db, new Date("2026-12-10T01:00:00Z"), 1)) > 0);
  const counted = await countedOf();
  expect(counted).toContainEqual(["2026-12-09", 2]);
  expect(counted).toHaveLength(13);
  await aCall(org.id, "2026-12-09T23:45:00Z");
  expect(await countDays(db, new Date("2026-12-10T02:00:00Z"))).toBe(0);
  expect(await countedOf()).toEqual(counted);
});
