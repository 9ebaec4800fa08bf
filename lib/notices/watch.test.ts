import { and, asc, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { connections, noticeDeliveries, notices, servers, troubles } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { anOrg, aServer } from "@/tests/support/factories";
import { beginTrouble, endTrouble } from "./troubles";
import { watchCalls, watchServers } from "./watch";

const db = await testDatabase();
const start = new Date("2026-11-24T10:00:00Z");
const minute = (n: number) => new Date(start.getTime() + n * 60_000);
const day = 24 * 60;

async function aWatched(more: Partial<typeof servers.$inferInsert> = {}) {
  const { org } = await anOrg(db);
  const server = await aServer(db, org.id, { name: "Jira", status: "ready", lastSyncAt: start, lastSuccessAt: start, ...more });
  const ref = { orgId: org.id, serverId: server.id };
  const theServer = and(eq(servers.orgId, org.id), eq(servers.id, server.id));
  const theShared = and(eq(connections.orgId, org.id), eq(connections.serverId, server.id));
  return {
    org,
    server,
    ref,
    failed: (at: Date, errorCause = "refused") =>
      db.update(servers).set({ status: "stale", errorCause, errorMessage: "nothing answers at the server's address", lastSyncAt: at }).where(theServer),
    synced: (at: Date) => db.update(servers).set({ status: "ready", errorCause: null, errorMessage: null, lastSyncAt: at }).where(theServer),
    connect: async (columns: Partial<typeof connections.$inferInsert> = {}) => {
      await db.delete(connections).where(theShared);
      await db.insert(connections).values({ id: newId("con"), ...ref, kind: "oauth", secret: "", fingerprint: "f", updatedAt: start, ...columns });
    },
    change: (columns: Partial<typeof connections.$inferInsert>) => db.update(connections).set(columns).where(theShared),
    disconnect: () => db.delete(connections).where(theShared),
    told: async () => (await db.select().from(notices).where(eq(notices.orgId, org.id)).orderBy(asc(notices.id))).map(({ kind }) => kind),
  };
}

test("a server that failed once and answers again is nobody's news", async () => {
  const jira = await aWatched();
  await jira.failed(minute(0));
  await watchServers(db, minute(1));
  await watchServers(db, minute(4));
  await jira.synced(minute(5));
  await watchServers(db, minute(6));
  expect(await jira.told()).toEqual([]);
});

test("a server that fails twice in a row is told once, and so is that it answers again", async () => {
  const jira = await aWatched();
  await jira.failed(minute(0));
  await watchServers(db, minute(1));
  await jira.failed(minute(5));
  for (let at = 6; at < 12; at++) await watchServers(db, minute(at));
  expect(await jira.told()).toEqual(["server_failing"]);
  await jira.synced(minute(15));
  await watchServers(db, minute(16));
  await watchServers(db, minute(17));
  expect(await jira.told()).toEqual(["server_failing", "server_well"]);
  const [, well] = await db.select().from(notices).where(eq(notices.orgId, jira.org.id)).orderBy(asc(notices.id));
  expect(well).toMatchObject({ serverName: "Jira", since: minute(1), createdAt: minute(16) });
});

test("a refused credential needs no second try", async () => {
  const jira = await aWatched({ auth: "bearer" });
  await jira.failed(minute(0), "unauthorized");
  await watchServers(db, minute(1));
  expect(await jira.told()).toEqual(["server_failing"]);
});

test("two instances that see the same tell it once", async () => {
  const jira = await aWatched();
  const trouble = { ...jira.ref, topic: "lists" as const, kind: "server_failing" as const, detail: "" };
  await Promise.all(Array.from({ length: 8 }, () => beginTrouble(db, trouble, true, minute(1))));
  await Promise.all(Array.from({ length: 8 }, () => endTrouble(db, trouble, {}, minute(2))));
  expect(await jira.told()).toEqual(["server_failing", "server_well"]);
});

test("a shared account that ended, by invalid_grant or by a wider challenge, is told, and that it is connected again", async () => {
  const jira = await aWatched({ auth: "oauth" });
  await jira.connect({ renews: true, expiresAt: minute(60) });
  await watchServers(db, minute(1));
  expect(await jira.told()).toEqual([]);
  await jira.change({ state: "reconnect", lastError: "reconnect", lastErrorAt: minute(2) });
  await jira.failed(minute(2), "unauthorized");
  await watchServers(db, minute(3));
  await watchServers(db, minute(4));
  // That the server cannot be read without it goes without saying.
  expect(await jira.told()).toEqual(["account_ended"]);
  await jira.connect({ renews: true, expiresAt: minute(120) });
  await jira.synced(minute(5));
  await watchServers(db, minute(6));
  expect(await jira.told()).toEqual(["account_ended", "account_well"]);
});

test("an account that cannot be renewed for five minutes is told, one that was renewed meanwhile is not", async () => {
  const [short, long] = [await aWatched({ auth: "oauth" }), await aWatched({ auth: "oauth" })];
  for (const one of [short, long]) await one.connect({ renews: true, expiresAt: minute(-1), lastError: "unavailable", lastErrorAt: minute(0) });
  await watchServers(db, minute(1));
  await short.change({ lastError: null, lastErrorAt: null, expiresAt: minute(60) });
  await watchServers(db, minute(2));
  await watchServers(db, minute(6));
  expect([await short.told(), await long.told()]).toEqual([[], ["account_failing"]]);
});

test("an account that nothing renews is told a week ahead, and again when it has expired", async () => {
  const jira = await aWatched({ auth: "oauth" });
  await jira.connect({ renews: false, expiresAt: minute(90 * day) });
  await watchServers(db, minute(82 * day));
  expect(await jira.told()).toEqual([]);
  await watchServers(db, minute(84 * day));
  expect(await jira.told()).toEqual(["account_ending"]);
  await watchServers(db, minute(91 * day));
  expect(await jira.told()).toEqual(["account_ending", "account_ended"]);
});

test("one that lives an hour is told only in its last quarter, one that renews itself never", async () => {
  const [hour, renewing] = [await aWatched({ auth: "oauth" }), await aWatched({ auth: "oauth" })];
  await hour.connect({ renews: false, expiresAt: minute(60) });
  await renewing.connect({ renews: true, expiresAt: minute(60) });
  await watchServers(db, minute(40));
  expect(await hour.told()).toEqual([]);
  await watchServers(db, minute(46));
  expect([await hour.told(), await renewing.told()]).toEqual([["account_ending"], []]);
});

test("an account that an admin disconnects is no news, nor one that was never connected", async () => {
  const jira = await aWatched({ auth: "oauth" });
  await jira.failed(minute(0), "unauthorized");
  await watchServers(db, minute(1));
  await watchServers(db, minute(9));
  await jira.connect({ state: "reconnect" });
  await watchServers(db, minute(10));
  await jira.disconnect();
  await watchServers(db, minute(11));
  expect(await jira.told()).toEqual(["account_ended"]);
  expect(await db.select().from(troubles).where(eq(troubles.orgId, jira.org.id))).toEqual([]);
});

test("calls that fail are told once, however often the breaker opens, and count as well after ten quiet minutes", async () => {
  const jira = await aWatched();
  for (const at of [0, 1, 2, 7]) await watchCalls(db, [jira.ref], minute(at));
  await watchCalls(db, [], minute(16));
  expect(await jira.told()).toEqual(["calls_failing"]);
  await watchCalls(db, [], minute(18));
  await watchCalls(db, [], minute(19));
  expect(await jira.told()).toEqual(["calls_failing", "calls_well"]);
});

test("calls that fail bring the next sync forward", async () => {
  const jira = await aWatched({ nextSyncAt: minute(60) });
  await watchCalls(db, [jira.ref], minute(20));
  const [row] = await db.select({ next: servers.nextSyncAt }).from(servers).where(eq(servers.id, jira.server.id));
  expect(row?.next).toEqual(minute(20));
});

test("a server that is gone, or was only tried out, has no troubles", async () => {
  const jira = await aWatched();
  await watchCalls(db, [{ orgId: jira.org.id, serverId: "probe" }], minute(0));
  expect(await jira.told()).toEqual([]);
});

test("a notice waits on the channels that are on", async () => {
  const jira = await aWatched();
  await watchCalls(db, [jira.ref], minute(0));
  const ways = await db.select().from(noticeDeliveries).where(eq(noticeDeliveries.orgId, jira.org.id));
  expect(ways).toMatchObject([{ channel: "mail", state: "waiting" }]);
});
