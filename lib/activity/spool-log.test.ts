import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, inArray } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { calls, organizations } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { aCallRow, intercepted } from "@/tests/support/call-records";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { anOrg } from "@/tests/support/factories";
import { type CallEnd, CallNotRecorded, type CallRow } from "./call-log";
import { type SpoolSettings, spoolLog } from "./spool-log";

const db = await testDatabase();
const { org } = await anOrg(db);

const aDirectory = () => mkdtempSync(join(tmpdir(), "gatehouse-spool-"));
const row = (more: Partial<CallRow> = {}) => aCallRow(org.id, more);
const end = (more: Partial<CallEnd> = {}): CallEnd => ({ outcome: "ok", durationMs: 1.5, endedAt: new Date(), ...more });
const stored = async (id: string) => (await db.select().from(calls).where(eq(calls.id, id)))[0];
const countOf = (rows: readonly CallRow[]) =>
  db.$count(
    calls,
    inArray(
      calls.id,
      rows.map(({ id }) => id),
    ),
  );
const spool = (more: Partial<SpoolSettings> = {}, database = db) => spoolLog(database, { directory: aDirectory(), instance: newId("ins"), ...more });
const contents = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".log"))
    .map((name) => readFileSync(join(directory, name), "utf8"))
    .join("");
const away = () => {
  throw new Error("the connection was refused");
};

describe("the spool", () => {
  test("a call is in the file, and only its owner can read it, when open returns; no promise is to be waited for (LG-02)", () => {
    const directory = aDirectory();
    const log = spool({ directory });
    const call = row({ requestedName: "echo" });
    expect(log.open(call)).toBeUndefined();
    expect(contents(directory)).toContain(call.id);
    const [segment = ""] = readdirSync(directory).filter((name) => name.endsWith(".log"));
    expect(statSync(join(directory, segment)).mode & 0o777).toBe(0o600);
  });

  test("a call that has ended costs one insert and no update, and leaves no file behind", async () => {
    const directory = aDirectory();
    const statements: string[] = [];
    const log = spool(
      { directory },
      intercepted(db, (statement) => statements.push(statement)),
    );
    const many = Array.from({ length: 300 }, () => row({ requestedName: "echo", requestBytes: 12, ip: "127.0.0.1" }));
    for (const call of many) log.open(call);
    for (const { id } of many) log.close(id, end({ outcome: "tool_error", durationMs: 3.5, upstreamMs: 2.25, responseBytes: 77, endedAt: new Date(0) }));
    await log.flush();
    expect(statements).toEqual(["insert"]);
    expect(await countOf(many)).toBe(300);
    expect(await stored(many[0]?.id ?? "")).toMatchObject({
      ...many[0],
      outcome: "tool_error",
      durationMs: 3.5,
      upstreamMs: 2.25,
      responseBytes: 77,
      endedAt: new Date(0),
      requestBytes: 12,
      ip: "127.0.0.1",
      personId: null,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test("a call that is under way for long shows as pending, and is completed later", async () => {
    const log = spool({ holdMs: 50 });
    const call = row();
    log.open(call);
    await eventually(async () => expect(await stored(call.id)).toMatchObject({ outcome: "pending", endedAt: null }), { interval: 10 });
    log.close(call.id, end());
    await eventually(async () => expect(await stored(call.id)).toMatchObject({ outcome: "ok", durationMs: 1.5 }));
  });

  test("every column arrives as it was, but for what no database holds", async () => {
    const log = spool();
    const odd = row({ requestedName: "a\0b\ud800c\x1fd\x1ee\x1df", clientName: "line\nbreak, tab\t, \\N, 😀", personEmail: "", errorMessage: null });
    const refused = row({
      outcome: "refused",
      errorCode: -32_000,
      errorMessage: "busy",
      durationMs: 0,
      endedAt: new Date(1_700_000_000_123),
      decidedBy: "portal",
    });
    log.open(odd);
    log.close(odd.id, end({ errorCode: 2 ** 40, errorMessage: "1\x1e2" }));
    log.record(refused);
    await log.flush();
    expect(await stored(odd.id)).toMatchObject({ requestedName: "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf", clientName: odd.clientName, personEmail: "" });
    expect(await stored(odd.id)).toMatchObject({ outcome: "ok", errorCode: null, errorMessage: "1\ufffd2", startedAt: odd.startedAt });
    expect(await stored(refused.id)).toMatchObject(refused);
  });

  test("a row that the database refuses is passed over; its neighbours and what comes later are not", async () => {
    const log = spool();
    const stranger = await anOrg(db);
    const [before, gone, after] = [row(), row({ orgId: stranger.org.id }), row()];
    await db.delete(organizations).where(eq(organizations.id, stranger.org.id));
    for (const call of [before, gone, after]) log.open(call);
    for (const { id } of [before, gone, after]) log.close(id, end());
    await log.flush();
    expect(await Promise.all([before, gone, after].map(async ({ id }) => (await stored(id))?.outcome))).toEqual(["ok", undefined, "ok"]);
    const next = row();
    log.open(next);
    await log.flush();
    expect(await stored(next.id)).toBeDefined();
  });

  test("what has come to a batch is brought to the database before its tick, and what is less waits for it", async () => {
    const statements: string[] = [];
    const log = spool(
      { tickMs: 3_600_000, batchBytes: 8_000 },
      intercepted(db, (statement) => statements.push(statement)),
    );
    const [one, ...others] = Array.from({ length: 50 }, () => row());
    log.open(one as CallRow);
    log.close(one?.id ?? "", end());
    await new Promise((resolve) => setImmediate(resolve));
    expect(statements).toEqual([]);
    for (const call of others) {
      log.open(call);
      log.close(call.id, end());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(async () => expect(await countOf([one as CallRow])).toBe(1));
    expect(statements.length).toBeLessThan(10);
  });

  test("while the database is away no call fails, and afterwards no row is missing", async () => {
    let isAway = true;
    const log = spool(
      { retryMs: 5, tickMs: 1, flushMs: 50, chunkBytes: 65_536 },
      intercepted(db, () => (isAway ? away() : undefined)),
    );
    const many = Array.from({ length: 1_000 }, () => row());
    for (const [i, call] of many.entries()) {
      log.open(call);
      if (i % 2) log.close(call.id, end());
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.flush();
    expect(await countOf(many)).toBe(0);
    isAway = false;
    await eventually(async () => expect(await countOf(many)).toBe(1_000));
    expect(await db.$count(calls, eq(calls.outcome, "interrupted"))).toBe(0);
  });

  test("a full spool pushes back, still takes the ends of calls that it let in, and recovers", async () => {
    let isAway = true;
    const log = spool(
      { bytesMax: 10_000, retryMs: 1, flushMs: 1 },
      intercepted(db, () => (isAway ? away() : undefined)),
    );
    const taken: CallRow[] = [];
    const fill = () => {
      for (let i = 0; i < 1_000; i++) {
        const call = row();
        log.open(call);
        taken.push(call);
      }
    };
    expect(fill).toThrow(CallNotRecorded);
    expect(() => log.record(row())).toThrow(CallNotRecorded);
    for (const { id } of taken) {
      log.close(id, end());
      await new Promise((resolve) => setImmediate(resolve));
    }
    isAway = false;
    await eventually(async () => expect(await countOf(taken)).toBe(taken.length));
    expect(taken.length).toBeGreaterThan(10);
    await log.flush();
    expect(log.open(row())).toBeUndefined();
    expect((await stored(taken.at(-1)?.id ?? ""))?.outcome).toBe("ok");
  });

  test("a spool whose directory cannot be written refuses the call", () => {
    const directory = join(aDirectory(), "spool");
    writeFileSync(directory, "a file stands in the way");
    expect(() => spool({ directory }).open(row())).toThrow(CallNotRecorded);
  });

  test("segments are sealed at their size and deleted once they are in the database, while the next is written", async () => {
    const directory = aDirectory();
    const log = spool({ directory, segmentBytesMax: 2_048, chunkBytes: 65_536 });
    const many = Array.from({ length: 100 }, () => row());
    for (const call of many) log.open(call);
    expect(readdirSync(directory).filter((name) => name.endsWith(".log")).length).toBeGreaterThan(5);
    await eventually(() => expect(readdirSync(directory).filter((name) => name.endsWith(".log")).length).toBeLessThanOrEqual(1));
    for (const { id } of many) log.close(id, end());
    await log.flush();
    expect(
      await db.$count(
        calls,
        inArray(
          calls.id,
          many.map(({ id }) => id),
        ),
      ),
    ).toBe(100);
    expect((await stored(many[99]?.id ?? ""))?.outcome).toBe("ok");
  });
});
