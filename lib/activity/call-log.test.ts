import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { calls, instances, organizations } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { aCallRow, intercepted } from "@/tests/support/call-records";
import { testDatabase } from "@/tests/support/database";
import { anOrg } from "@/tests/support/factories";
import { type CallRow, CallNotRecorded } from "./call-log";
import { groupCommitLog } from "./group-commit-log";
import { instanceId } from "./instance";
import { markForeignInterrupted, markInterrupted } from "./interrupted";

const db = await testDatabase();
const { org } = await anOrg(db);

const row = (more: Partial<CallRow> = {}) => aCallRow(org.id, { instanceId: instanceId(), ...more });
const stored = async (id: string) => (await db.select().from(calls).where(eq(calls.id, id)))[0];
const failing = (error: Error) =>
  intercepted(db, () => {
    throw error;
  });

describe("the commit log", () => {
  test("an opened call is in the database when open resolves, and close completes it", async () => {
    const log = groupCommitLog(db, { durable: false });
    const call = row({ requestedName: "echo", requestBytes: 12 });
    await log.open(call);
    expect(await stored(call.id)).toMatchObject({ outcome: "pending", requestedName: "echo", requestBytes: 12, endedAt: null, ip: "" });
    log.close(call.id, { outcome: "tool_error", durationMs: 3.5, upstreamMs: 2.25, responseBytes: 77, endedAt: new Date(0) });
    await log.flush();
    expect(await stored(call.id)).toMatchObject({ outcome: "tool_error", durationMs: 3.5, upstreamMs: 2.25, responseBytes: 77, endedAt: new Date(0) });
  });

  test("what arrives while a batch is written goes together in the next", async () => {
    let statements = 0;
    const counting = intercepted(db, () => statements++);
    const log = groupCommitLog(counting, { durable: true });
    const rows = Array.from({ length: 40 }, () => row());
    await Promise.all(rows.map((call) => log.open(call)));
    expect(statements).toBeLessThanOrEqual(2);
    expect((await db.select().from(calls)).filter(({ id }) => rows.some((call) => call.id === id))).toHaveLength(40);
  });

  test("a row that the database refuses does not fail its neighbours", async () => {
    const log = groupCommitLog(db, { durable: false });
    const good = row();
    const outcomes = await Promise.allSettled([log.open(row({ orgId: newId("org") })), log.open(good)]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "fulfilled"]);
    expect(await stored(good.id)).toBeDefined();
  });

  test("open rejects when the row cannot be written", async () => {
    const log = groupCommitLog(failing(new Error("connection lost")), { durable: false });
    await expect(log.open(row())).rejects.toBeInstanceOf(CallNotRecorded);
  });

  test("where a pooler does not know a named statement, the record goes on without names", async () => {
    const names: (string | undefined)[] = [];
    const mixed = intercepted(db, (_, name) => {
      names.push(name);
      if (name) throw Object.assign(new Error(`prepared statement "${name}" does not exist`), { code: "26000" });
    });
    const log = groupCommitLog(mixed, { durable: false });
    const [first, second] = [row(), row()];
    await log.open(first);
    await log.open(second);
    expect([await stored(first.id), await stored(second.id)]).not.toContain(undefined);
    expect(names).toEqual(["call_insert", undefined, undefined]);
  });

  test("where the database does not keep up with ends, starts slow down before any is refused", async () => {
    let free = () => {};
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const slow = intercepted(db, (statement) => (statement === "update" ? freed : undefined));
    const log = groupCommitLog(slow, { durable: false, endDelayMs: 0 });
    for (let i = 0; i < 1_000; i++) log.close(newId("cal"), { outcome: "ok", durationMs: 1, endedAt: new Date() });
    const call = row();
    let isOpen = false;
    const opened = Promise.resolve(log.open(call)).then(() => {
      isOpen = true;
    });
    await stored(call.id);
    await stored(call.id);
    expect(isOpen).toBe(false);
    free();
    await opened;
    expect(await stored(call.id)).toBeDefined();
  });

  test("a connection that broke while nobody used it costs no call", async () => {
    let failures = 1;
    const call = row();
    await groupCommitLog(
      intercepted(db, () => (failures-- > 0 ? Promise.reject(new Error("Connection terminated unexpectedly")) : undefined)),
      { durable: false },
    ).open(call);
    expect(await stored(call.id)).toBeDefined();
  });

  test("calls that wait behind one that could not be recorded are refused with it, not one after the other", async () => {
    let statements = 0;
    let fail = (_: Error) => {};
    const failed = new Promise((_, reject) => {
      fail = reject;
    });
    const log = groupCommitLog(
      intercepted(db, (statement) => {
        if (statement === "insert") statements++;
        return failed;
      }),
      { durable: false, batchMax: 1, retryMs: 1 },
    );
    const opened = Promise.allSettled(Array.from({ length: 10 }, () => log.open(row())));
    fail(new Error("away"));
    expect((await opened).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => "rejected"));
    expect(statements).toBe(2);
  });

  test("calls that wait for their record push back; what nobody waits for does not keep calls out so soon", async () => {
    const stuck = intercepted(db, () => new Promise(() => {}));
    const log = groupCommitLog(stuck, { durable: false, startsMax: 2 });
    for (let i = 0; i < 20; i++) log.record(row());
    expect(log.isFull?.()).toBe(false);
    for (const started of [log.open(row()), log.open(row())]) void started?.catch(() => {});
    expect(log.isFull?.()).toBe(true);
    await expect(log.open(row())).rejects.toBeInstanceOf(CallNotRecorded);
  });

  test("a full queue pushes back", async () => {
    const stuck = intercepted(db, () => new Promise(() => {}));
    const log = groupCommitLog(stuck, { durable: false, queueMax: 2 });
    log.record(row());
    log.record(row());
    await expect(log.open(row())).rejects.toBeInstanceOf(CallNotRecorded);
    expect(() => log.record(row())).toThrow(CallNotRecorded);
  });

  test("a completion survives a database that is away for a moment", async () => {
    const call = row();
    await groupCommitLog(db, { durable: false }).open(call);
    let failures = 2;
    const shaky = intercepted(db, () => (failures-- > 0 ? Promise.reject(new Error("away")) : undefined));
    const log = groupCommitLog(shaky, { durable: false, retryMs: 1 });
    log.close(call.id, { outcome: "ok", durationMs: 1, endedAt: new Date() });
    await log.flush();
    expect(await stored(call.id)).toMatchObject({ outcome: "ok" });
  });

  test("NUL characters and half surrogate pairs in names are replaced, not fatal", async () => {
    const log = groupCommitLog(db, { durable: false });
    const call = row({ requestedName: "a\0b\ud800c" });
    await log.open(call);
    expect(await stored(call.id)).toMatchObject({ requestedName: "a\ufffdb\ufffdc" });
  });
});

describe("interrupted calls", () => {
  test("open calls of an instance without a heartbeat for a minute are marked, others are not", async () => {
    const now = new Date();
    const [dead, alive] = [newId("ins"), newId("ins")];
    await db.insert(instances).values([
      { id: dead, heartbeatAt: new Date(now.getTime() - 61_000) },
      { id: alive, heartbeatAt: new Date(now.getTime() - 30_000) },
    ]);
    const [lost, live, mine, done] = [row({ instanceId: dead }), row({ instanceId: alive }), row(), row({ instanceId: dead, outcome: "ok" })];
    const log = groupCommitLog(db, { durable: false });
    await Promise.all([lost, live, mine, done].map((call) => log.open(call)));
    expect(await markInterrupted(db, now)).toBe(1);
    expect(await Promise.all([lost, live, mine, done].map(async ({ id }) => (await stored(id))?.outcome))).toEqual(["interrupted", "pending", "pending", "ok"]);
    expect(await markForeignInterrupted(db, now)).toBe(1);
    expect((await stored(mine.id))?.outcome).toBe("pending");
    expect(await stored(live.id)).toMatchObject({ outcome: "interrupted", endedAt: now });
  });

  test("a call of a deleted organization goes with it", async () => {
    const other = await anOrg(db);
    const call = row({ orgId: other.org.id });
    await groupCommitLog(db, { durable: false }).open(call);
    await db.delete(organizations).where(eq(organizations.id, other.org.id));
    expect(await stored(call.id)).toBeUndefined();
  });
});
