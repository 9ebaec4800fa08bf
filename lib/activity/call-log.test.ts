import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { callJournal, calls, instances, organizations } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { aCallRow, intercepted } from "@/tests/support/call-records";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { anOrg } from "@/tests/support/factories";
import { settleJournal } from "./call-journal";
import { type CallRow, CallNotRecorded } from "./call-log";
import { groupCommitLog } from "./group-commit-log";
import { instanceId } from "./instance";
import { markForeignInterrupted, markInterrupted } from "./interrupted";
import { rowMark } from "./call-text";

const db = await testDatabase();
const { org } = await anOrg(db);

const row = (more: Partial<CallRow> = {}) => aCallRow(org.id, { instanceId: instanceId(), ...more });
/** The calls of the journal, as the text of their rows. */
const journal = async () => (await db.select().from(callJournal)).flatMap(({ lines }) => lines.split(rowMark));
const isInJournal = async ({ id }: CallRow) => (await journal()).some((line) => line.startsWith(id));
const stored = async (id: string) => (await db.select().from(calls).where(eq(calls.id, id)))[0];
const failing = (error: Error) =>
  intercepted(db, () => {
    throw error;
  });

describe("the commit log", () => {
  test("an opened call is in the journal when open resolves; its row is written once, when it has ended", async () => {
    const log = groupCommitLog(db, { durable: false });
    const call = row({ requestedName: "echo", requestBytes: 12 });
    await log.open(call);
    expect(await isInJournal(call)).toBe(true);
    expect(await stored(call.id)).toBeUndefined();
    log.close(call.id, { outcome: "tool_error", durationMs: 3.5, upstreamMs: 2.25, responseBytes: 77, endedAt: new Date(0) });
    await log.flush();
    const whole = { requestedName: "echo", requestBytes: 12, ip: "", outcome: "tool_error", durationMs: 3.5, upstreamMs: 2.25, responseBytes: 77 };
    expect(await stored(call.id)).toMatchObject({ ...whole, endedAt: new Date(0) });
    expect(await isInJournal(call)).toBe(false);
  });

  test("a call that is under way for long has a row meanwhile, and its end completes it", async () => {
    const log = groupCommitLog(db, { durable: false, holdMs: 20 });
    const call = row({ requestedName: "echo", requestBytes: 12 });
    await log.open(call);
    await eventually(async () => expect(await stored(call.id)).toMatchObject({ outcome: "pending", requestedName: "echo", requestBytes: 12, endedAt: null }));
    await eventually(async () => expect(await isInJournal(call)).toBe(false));
    log.close(call.id, { outcome: "ok", durationMs: 3.5, endedAt: new Date(0) });
    await log.flush();
    expect(await stored(call.id)).toMatchObject({ outcome: "ok", durationMs: 3.5, endedAt: new Date(0) });
  });

  test("a request that was over when it was recorded has its row soon, and leaves nothing in the journal", async () => {
    const log = groupCommitLog(db, { durable: false });
    const [call, list] = [row({ outcome: "denied", decision: "denied" }), row({ outcome: "ok", method: "tools/list" })];
    await log.open(call);
    log.record(list);
    await log.flush();
    expect([(await stored(call.id))?.outcome, (await stored(list.id))?.outcome, await isInJournal(call)]).toEqual(["denied", "ok", false]);
  });

  test("a batch stays in the journal until each of its calls has a row", async () => {
    const log = groupCommitLog(db, { durable: false });
    const [first, second] = [row(), row()];
    await Promise.all([log.open(first), log.open(second)]);
    log.close(first.id, { outcome: "ok", durationMs: 1, endedAt: new Date() });
    await eventually(async () => expect(await stored(first.id)).toBeDefined());
    expect(await isInJournal(second)).toBe(true);
    log.close(second.id, { outcome: "ok", durationMs: 1, endedAt: new Date() });
    await log.flush();
    expect([await isInJournal(first), await isInJournal(second)]).toEqual([false, false]);
  });

  test("what arrives while a batch is written goes together in the next", async () => {
    let statements = 0;
    const counting = intercepted(db, () => statements++);
    const log = groupCommitLog(counting, { durable: true });
    const rows = Array.from({ length: 40 }, () => row());
    await Promise.all(rows.map((call) => log.open(call)));
    expect(statements).toBeLessThanOrEqual(2);
    await log.flush();
    expect((await db.select().from(calls)).filter(({ id }) => rows.some((call) => call.id === id))).toHaveLength(40);
  });

  test("a row that the database refuses does not fail its neighbours", async () => {
    const log = groupCommitLog(db, { durable: false });
    const [gone, good] = [row({ orgId: newId("org") }), row()];
    await Promise.all([log.open(gone), log.open(good)]);
    await log.flush();
    expect([await stored(gone.id), (await stored(good.id))?.outcome]).toEqual([undefined, "pending"]);
    expect(await isInJournal(gone)).toBe(false);
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
    expect(names).toEqual(["call_keep", undefined, undefined]);
    await log.flush();
    expect([await stored(first.id), await stored(second.id)]).not.toContain(undefined);
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
    await journal();
    await journal();
    expect(isOpen).toBe(false);
    free();
    await opened;
    expect(await isInJournal(call)).toBe(true);
  });

  test("a connection that broke while nobody used it costs no call", async () => {
    let failures = 1;
    const call = row();
    await groupCommitLog(
      intercepted(db, () => (failures-- > 0 ? Promise.reject(new Error("Connection terminated unexpectedly")) : undefined)),
      { durable: false },
    ).open(call);
    expect(await isInJournal(call)).toBe(true);
  });

  test("calls that wait behind one that could not be recorded are refused with it, not one after the other", async () => {
    let statements = 0;
    let fail = (_: Error) => {};
    const failed = new Promise((_, reject) => {
      fail = reject;
    });
    const log = groupCommitLog(
      intercepted(db, (_, name) => {
        if (name === "call_keep") statements++;
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
    let failures = 0;
    const shaky = intercepted(db, () => (failures-- > 0 ? Promise.reject(new Error("away")) : undefined));
    const log = groupCommitLog(shaky, { durable: false, retryMs: 1 });
    await log.open(call);
    failures = 2;
    log.close(call.id, { outcome: "ok", durationMs: 1, endedAt: new Date() });
    await log.flush();
    expect(await stored(call.id)).toMatchObject({ outcome: "ok" });
  });

  test("NUL characters and half surrogate pairs in names are replaced, not fatal", async () => {
    const log = groupCommitLog(db, { durable: false });
    const call = row({ requestedName: "a\0b\ud800c" });
    await log.open(call);
    await log.flush();
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
    await log.flush();
    expect(await markInterrupted(db, now)).toBe(1);
    expect(await Promise.all([lost, live, mine, done].map(async ({ id }) => (await stored(id))?.outcome))).toEqual(["interrupted", "pending", "pending", "ok"]);
    expect(await markForeignInterrupted(db, now)).toBe(1);
    expect((await stored(mine.id))?.outcome).toBe("pending");
    expect(await stored(live.id)).toMatchObject({ outcome: "interrupted", endedAt: now });
  });

  test("what a process that died left in the journal becomes a row, and interrupted; a row that is there stays as it is", async () => {
    const dead = newId("ins");
    const [lost, done] = [row({ instanceId: dead }), row({ instanceId: dead })];
    const log = groupCommitLog(db, { durable: false });
    await Promise.all([lost, done].map((call) => log.open(call)));
    await db.insert(calls).values({ ...done, outcome: "tool_error", endedAt: new Date() });
    // It has not been there for long enough to tell.
    await markInterrupted(db, new Date());
    expect(await stored(lost.id)).toBeUndefined();
    await markInterrupted(db, new Date(Date.now() + 120_000));
    expect([(await stored(lost.id))?.outcome, (await stored(done.id))?.outcome]).toEqual(["interrupted", "tool_error"]);
    expect(await journal()).toEqual([]);
  });

  test("a process that lives completes what another one took out of the journal", async () => {
    const log = groupCommitLog(db, { durable: false });
    const call = row();
    await log.open(call);
    await settleJournal(db, new Date(Date.now() + 1_000));
    expect((await stored(call.id))?.outcome).toBe("pending");
    log.close(call.id, { outcome: "ok", durationMs: 1, endedAt: new Date() });
    await log.flush();
    expect((await stored(call.id))?.outcome).toBe("ok");
  });

  test("a call of a deleted organization goes with it", async () => {
    const other = await anOrg(db);
    const call = row({ orgId: other.org.id });
    const log = groupCommitLog(db, { durable: false });
    await log.open(call);
    await log.flush();
    await db.delete(organizations).where(eq(organizations.id, other.org.id));
    expect(await stored(call.id)).toBeUndefined();
  });
});
