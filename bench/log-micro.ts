// What the record of a call costs by itself, without HTTP: `node --import tsx bench/log-micro.ts`. First the request path and the ways a
// batch could travel to the database, then both ways of the record, 16 callers at once, on PostgreSQL and PGlite. CPU in µs per call;
// "database" is the CPU of all processes of PostgreSQL, which is ours where the database is embedded. `--calls=N` (20,000).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, sql } from "drizzle-orm";
import { calls as callTable } from "@/drizzle/schema";
import type { CallLog, CallRow } from "@/lib/activity/call-log";
import { callStatements } from "@/lib/activity/call-statements";
import { endColumns, endText, startColumns, startText, wholeText } from "@/lib/activity/call-text";
import { groupCommitLog } from "@/lib/activity/group-commit-log";
import { spoolLog } from "@/lib/activity/spool-log";
import { recordText } from "@/lib/activity/spool-records";
import { migrate, rows as rowsOf } from "@/lib/db/migrate";
import { type OpenDatabase, openDatabase, openPglite } from "@/lib/db/open";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { startPostgres } from "../scripts/lib/postgres.mjs";
import { anOrg } from "../tests/support/factories";
import { median } from "./lib/numbers.mjs";

const calls = Number(process.argv.find((arg) => arg.startsWith("--calls="))?.slice(8) ?? 20_000);
const rounds = 3;
const callers = 16;
const shown = 9;
const folder = mkdtempSync(join(tmpdir(), "gatehouse-log-micro-"));
const instance = newId("ins");
const end = { outcome: "ok", durationMs: 1.234, upstreamMs: 1.1, responseBytes: 300, endedAt: new Date() } as const;

const aRow = (orgId: string): CallRow => ({
  id: newId("cal"),
  orgId,
  startedAt: new Date(),
  instanceId: instance,
  personId: "per_01m87d2way8b4xsyfynmww0abq",
  personEmail: "ana@acme.test",
  grantId: "gnt_01m87d2way8b4xsyfynmww0abq",
  clientId: "cli_01m87d2way8b4xsyfynmww0abq",
  clientName: "Claude Code",
  portalId: "ptl_01m87d2way8b4xsyfynmww0abq",
  portalName: "Engineering",
  serverId: "srv_01m87d2way8b4xsyfynmww0abq",
  serverName: "GitHub",
  method: "tools/call",
  capabilityKind: "tool",
  capabilityName: "search_issues",
  requestedName: "search_issues",
  protocolVersion: "2025-11-25",
  decision: "allowed",
  decidedBy: "portal",
  policyId: "pol_01m87d2way8b4xsyfynmww0abq",
  policyName: "people at acme.test",
  outcome: "pending",
  requestBytes: 120,
  ip: "127.0.0.1",
});

const aCompleteRow = (orgId: string): CallRow => Object.assign(aRow(orgId), end);

const embedded = new WeakSet<Database>();
const postgres = await startPostgres();
try {
  requestPath();
  for (const [name, opened] of [
    ["PostgreSQL", await openDatabase({ url: postgres.url, dataDir: "" })],
    ["PGlite", await openPglite(join(folder, "db"))],
  ] as const) {
    await migrate(opened.db);
    if (opened.door === "pglite") embedded.add(opened.db);
    const { org } = await anOrg(opened.db);
    await insertWays(name, opened, org.id);
    await bothWays(name, opened, org.id);
    await opened.close();
  }
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** What a caller waits for, with a database that never answers. */
function requestPath(): void {
  const never = { _: { session: { prepareQuery: () => ({ execute: () => new Promise(() => {}) }) } } } as unknown as Database;
  const log = spoolLog(never, { directory: join(folder, "path"), instance, tickMs: 86_400_000 });
  const some = Array.from({ length: 1_000 }, () => aRow("org_01m87d2way8b4xsyfynmww0abq"));
  const at = (i: number) => some[i % some.length] as CallRow;
  console.table({
    "make the row's id": perCall(() => newId("cal")),
    "row to text": perCall((i) => startText(at(i))),
    "text to record (checksum)": perCall((i) => recordText("start", at(i).id)),
    "end to text": perCall(() => endText(end)),
    "spool: open": perCall((i) => log.open(at(i))),
    "spool: open and close": perCall((i) => {
      log.open(at(i));
      log.close(at(i).id, end);
    }),
  });
}

/** The ways a batch could travel: the one that is used, and two that were weighed. */
async function insertWays(name: string, { db }: OpenDatabase, orgId: string): Promise<void> {
  const columns = [...startColumns, ...endColumns].map(([column, type]) => [column, type === "time" ? "timestamptz" : type] as const);
  const names = columns.map(([column]) => column).join(", ");
  const keys = Object.entries(callTable).flatMap(([key, column]) => ("name" in column ? [[String(column.name), key] as const] : []));
  const keyOf = new Map(keys) as Map<string, keyof CallRow>;
  const cell = (row: CallRow, column: string) => row[keyOf.get(column) as keyof CallRow] ?? null;
  const json = `insert into "call" (${names}) select ${names} from json_to_recordset($1::json) as r(${columns.map((column) => column.join(" ")).join(", ")})`;
  const unnest = `insert into "call" (${names}) select * from unnest(${columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(", ")})`;
  const run = (statement: string, text: string, values: unknown[]) =>
    db._.session.prepareQuery({ sql: text, params: values }, undefined, statement, false).execute();
  const used = callStatements(db, false);
  const ways: Record<string, (rows: CallRow[]) => Promise<unknown>> = {
    "text (used)": (rows) => used.insert(rows.map(wholeText)),
    json_to_recordset: (rows) =>
      run("json", json, [JSON.stringify(rows.map((row) => Object.fromEntries(columns.map(([column]) => [column, cell(row, column)]))))]),
    "unnest of arrays": (rows) =>
      run(
        "unnest",
        unnest,
        columns.map(([column]) => rows.map((row) => cell(row, column))),
      ),
  };
  const table: Record<string, unknown> = {};
  // The first to run would pay for compiling what all of them use.
  for (let i = 0; i < 100; i++) for (const insert of Object.values(ways)) await insert([aCompleteRow(orgId)]);
  for (const size of [10, 500]) {
    for (const [way, insert] of Object.entries(ways)) {
      const batches = Math.ceil(calls / 2 / size);
      const rows = Array.from({ length: batches * rounds }, () => Array.from({ length: size }, () => aCompleteRow(orgId)));
      const cost = await measured(db, batches * size, async () => {
        for (let i = 0; i < batches; i++) await insert(rows.pop() ?? []);
      });
      table[`${way}, ${size} rows`] = cost;
    }
  }
  console.log(`\n${name}: rows inserted at once, µs of CPU per row`);
  console.table(table);
}

async function bothWays(name: string, { records, door }: OpenDatabase, orgId: string): Promise<void> {
  const inProcess = door === "pglite";
  const makes: Record<string, () => CallLog> = {
    commit: () => groupCommitLog(records, { durable: inProcess }),
    spool: () => spoolLog(records, { directory: join(folder, "spool"), instance, chunkBytes: inProcess ? 32_768 : 262_144 }),
  };
  const table: Record<string, unknown> = {};
  for (const [way, make] of Object.entries(makes)) {
    const log = make();
    const before = await records.$count(callTable);
    const cost = await measured(records, calls, () => underLoad(log, orgId));
    const shows = await delayOf(log, records, orgId);
    await log.flush();
    const missing = before + calls * rounds + shown - (await records.$count(callTable));
    table[way] = { ...cost, missing, "ms until a call shows": shows };
  }
  console.log(`\n${name}: both ways, ${callers} callers, µs of CPU per call, making the row and its id included`);
  console.table(table);
}

async function underLoad(log: CallLog, orgId: string): Promise<void> {
  let left = calls;
  const caller = async () => {
    while (left-- > 0) {
      const row = aRow(orgId);
      const opened = log.open(row);
      if (opened) await opened;
      await new Promise((resolve) => setImmediate(resolve)); // The upstream.
      log.close(row.id, end);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  await log.flush();
}

async function delayOf(log: CallLog, db: Database, orgId: string): Promise<number> {
  const delays: number[] = [];
  for (let i = 0; i < shown; i++) {
    const row = aRow(orgId);
    const began = performance.now();
    await log.open(row);
    while ((await db.$count(callTable, eq(callTable.id, row.id))) === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    delays.push(performance.now() - began);
    log.close(row.id, end);
  }
  return Math.round(median(delays));
}

/** The CPU of this process and of PostgreSQL, per item: the median of a few rounds. */
async function measured(db: Database, items: number, work: () => Promise<void>): Promise<{ ours: number; database: number; "per s": number }> {
  const found: { ours: number; database: number; rate: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const database = await databaseCpu(db);
    const [ours, began] = [process.cpuUsage(), performance.now()];
    await work();
    const { user, system } = process.cpuUsage(ours);
    found.push({ ours: (user + system) / items, database: ((await databaseCpu(db)) - database) / items, rate: (items / (performance.now() - began)) * 1_000 });
  }
  const of = (key: "ours" | "database" | "rate") => round3(median(found.map((one) => one[key])));
  return { ours: of("ours"), database: of("database"), "per s": Math.round(of("rate")) };
}

/** µs that PostgreSQL's processes have used so far; they are the children of one. */
async function databaseCpu(db: Database): Promise<number> {
  if (embedded.has(db)) return 0;
  const backend = Number(rowsOf(await db.execute(sql`select pg_backend_pid() as pid`))[0]?.pid);
  const parent = statOf(backend)[1];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat[1] === parent)
    .reduce((sum, stat) => sum + (Number(stat[11]) + Number(stat[12])) * 10_000, 0);
}

function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function perCall(work: (i: number) => unknown): { µs: number } {
  const n = 50_000;
  const found = Array.from({ length: 5 }, () => {
    const began = process.cpuUsage();
    for (let i = 0; i < n; i++) work(i);
    const { user, system } = process.cpuUsage(began);
    return (user + system) / n;
  });
  return { µs: round3(Math.min(...found)) };
}

function round3(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
