import { execFile, spawn } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eq } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { calls } from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { aCallRow, intercepted } from "@/tests/support/call-records";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { anOrg } from "@/tests/support/factories";
import type { CallEnd, CallLog, CallRow } from "./call-log";
import { spoolLog } from "./spool-log";

const db = await testDatabase();
const { org } = await anOrg(db);

const aDirectory = () => mkdtempSync(join(tmpdir(), "gatehouse-spool-"));
const end: CallEnd = { outcome: "ok", durationMs: 1.5, endedAt: new Date() };
const stored = async (id: string) => (await db.select().from(calls).where(eq(calls.id, id)))[0];
const start = (directory: string) => spoolLog(db, { directory, instance: newId("ins") });
const outcomes = (rows: readonly CallRow[]) => Promise.all(rows.map(async ({ id }) => (await stored(id))?.outcome));

/** The files of an instance that put calls on record, could not drain them and died. */
async function leftBehind(directory: string, work: (log: CallLog, row: () => CallRow) => void): Promise<{ segment: string; lock: string }> {
  const instance = newId("ins");
  const stuck = intercepted(db, () => new Promise(() => {}));
  work(spoolLog(stuck, { directory, instance }), () => aCallRow(org.id, { instanceId: instance }));
  await new Promise((resolve) => setImmediate(resolve));
  const lock = join(directory, `${instance}.lock`);
  rmSync(lock);
  return { segment: join(directory, `${instance}-1.log`), lock };
}

test("what a dead instance left is in the database after the next start; its calls without an end are interrupted (LG-02)", async () => {
  const directory = aDirectory();
  const rows: CallRow[] = [];
  await leftBehind(directory, (log, row) => {
    rows.push(row(), row(), { ...row(), outcome: "denied", decision: "denied" });
    for (const call of rows) log.open(call);
    log.close(rows[0]?.id ?? "", end);
  });
  await start(directory).flush();
  expect(await outcomes(rows)).toEqual(["ok", "interrupted", "denied"]);
  expect(readdirSync(directory)).toEqual([]);
});

test("a torn last record and damage in the middle cost nothing but themselves", async () => {
  const directory = aDirectory();
  const rows: CallRow[] = [];
  const { segment } = await leftBehind(directory, (log, row) => {
    rows.push(row(), row(), row());
    for (const call of rows) log.open(call);
  });
  const [first, second, third] = readFileSync(segment, "utf8").split("\x1e");
  const flipped = second?.replace("Engineering", "Engineerinh");
  writeFileSync(segment, `${first}\x1e${flipped}\x1e\0\0\0\0\x1e\x1e${third}\x1e`);
  appendFileSync(segment, first?.slice(0, 40) ?? "");
  await start(directory).flush();
  expect(await outcomes(rows)).toEqual(["interrupted", undefined, "interrupted"]);
  expect(readdirSync(directory)).toEqual([]);
});

test("a start that was torn from its end mark is no record, and no fault of the others", async () => {
  const directory = aDirectory();
  const rows: CallRow[] = [];
  const { segment } = await leftBehind(directory, (log, row) => {
    rows.push(row(), row());
    for (const call of rows) log.open(call);
  });
  truncateSync(segment, readFileSync(segment).length - 1);
  await start(directory).flush();
  expect(await outcomes(rows)).toEqual(["interrupted", undefined]);
});

test("replayed twice is there once, and an end that was there is not lost", async () => {
  const directory = aDirectory();
  const rows: CallRow[] = [];
  await leftBehind(directory, (log, row) => {
    rows.push(row(), row());
    for (const call of rows) log.open(call);
    log.close(rows[0]?.id ?? "", end);
  });
  const copy = aDirectory();
  cpSync(directory, copy, { recursive: true });
  await start(directory).flush();
  await start(copy).flush();
  expect(await outcomes(rows)).toEqual(["ok", "interrupted"]);
  expect((await stored(rows[0]?.id ?? ""))?.endedAt).toEqual(end.endedAt);
});

test("a call that was taken for interrupted while its instance lived is completed by its end", async () => {
  const directory = aDirectory();
  const rows: CallRow[] = [];
  await leftBehind(directory, (log, row) => {
    rows.push(row());
    for (const call of rows) log.open(call);
    log.close(rows[0]?.id ?? "", end);
  });
  for (const call of rows) await db.insert(calls).values({ ...call, outcome: "interrupted" });
  await start(directory).flush();
  expect(await outcomes(rows)).toEqual(["ok"]);
});

test("a call that is complete in the database stays so, whatever an old spool says", async () => {
  const directory = aDirectory();
  const rows: CallRow[] = [];
  await leftBehind(directory, (log, row) => {
    rows.push(row(), row());
    for (const call of rows) log.open(call);
    log.close(rows[1]?.id ?? "", { ...end, outcome: "timeout" });
  });
  for (const call of rows) await db.insert(calls).values({ ...call, outcome: "tool_error", endedAt: new Date() });
  await start(directory).flush();
  expect(await outcomes(rows)).toEqual(["tool_error", "tool_error"]);
});

test.each([
  ["of this machine whose process lives", { host: hostname(), pid: process.ppid, started: "" }],
  ["of another machine that was heard of within a minute", { host: "elsewhere", pid: 1, started: "1" }],
])("the spool of an instance %s is left alone", async (_, holder) => {
  const directory = aDirectory();
  const rows: CallRow[] = [];
  const { lock } = await leftBehind(directory, (log, row) => {
    rows.push(row());
    for (const call of rows) log.open(call);
  });
  writeFileSync(lock, JSON.stringify(holder));
  await start(directory).flush();
  expect(await outcomes(rows)).toEqual([undefined]);
  rmSync(lock);
  await start(directory).flush();
  expect(await outcomes(rows)).toEqual(["interrupted"]);
});

test("of writes that the disk took only half, the call is refused and the records around it are whole", { timeout: 60_000 }, async () => {
  const directory = aDirectory();
  const command = `ulimit -f 8; exec "${process.execPath}" --import tsx tests/support/spool-filler.ts "${directory}" ${org.id}`;
  const { stdout } = await promisify(execFile)("bash", ["-c", command], { env: { ...process.env, TSX_DISABLE_CACHE: "1" } });
  const said = stdout.trim().split("\n");
  const taken = said.filter((line) => line !== "refused");
  expect(said).toHaveLength(300);
  expect(taken.length).toBeLessThan(295);
  expect(taken.length).toBeGreaterThan(200);
  await start(directory).flush();
  const found = new Map((await db.select().from(calls)).map(({ id, outcome }) => [id, outcome]));
  expect(taken.filter((id) => found.get(id) !== "ok")).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});

// Two processes, each started and killed under load.
test("after kill -9 every call that the upstream saw is on record", { timeout: 120_000 }, async () => {
  const directory = aDirectory();
  const seen: string[] = [];
  const upstream = createServer((req, res) => {
    seen.push(req.url?.split("?")[1] ?? "");
    setTimeout(() => res.end("ok"), Math.random() * 3);
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void upstream.close());
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
  for (let round = 1; round <= 2; round++) {
    const args = ["--import", "tsx", "tests/support/spool-child.ts", directory, org.id, url];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    onTestFinished(() => void child.kill("SIGKILL"));
    const before = seen.length;
    await eventually(() => expect(seen.length).toBeGreaterThan(before + 300), 40_000);
    child.kill("SIGKILL");
    await ended;
  }
  upstream.closeAllConnections();
  expect(readdirSync(directory).filter((name) => name.endsWith(".log")).length).toBeGreaterThan(3);
  await start(directory).flush();
  const found = new Map((await db.select({ id: calls.id, outcome: calls.outcome }).from(calls)).map(({ id, outcome }) => [id, outcome]));
  expect(seen.filter((id) => !found.has(id))).toEqual([]);
  const openAtTheEnd = seen.filter((id) => found.get(id) === "interrupted").length;
  // Eight workers a process, each with one call under way.
  expect(openAtTheEnd).toBeLessThanOrEqual(16);
  expect(seen.filter((id) => found.get(id) === "pending")).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});
