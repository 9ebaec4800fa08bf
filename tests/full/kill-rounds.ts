// Kills the built product with SIGKILL under load, again and again, on PGlite or on the PostgreSQL at TEST_DATABASE_URL: every call that
// a counting upstream saw must have its record, in the database or, with the spool, in a file that the next start drains into it; calls
// that were cut off end as interrupted. `--rounds=N` (50), `--log=commit|spool` (what the database has by default), `--lane`: portals in
// a process of their own, which is killed alone in three rounds of four and followed by another; in the fourth everything is killed.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { eq, isNotNull, sql } from "drizzle-orm";
import { callJournal, calls, grants, servers } from "../../drizzle/schema";
import { markInterrupted } from "../../lib/activity/interrupted";
import { rowMark, startColumns, valueMark } from "../../lib/activity/call-text";
import { readChunk } from "../../lib/activity/spool-records";
import { migrate } from "../../lib/db/migrate";
import { type OpenDatabase, openDatabase } from "../../lib/db/open";
import { type Gatehouse, startGatehouse, stop, until } from "../e2e/support/processes";
import { aDataDir } from "../mcp/process";
import * as make from "../support/factories";
import { farProxy } from "../support/far-proxy";
import { freshPostgres } from "../support/fresh-postgres";
import { descendants } from "./soak/watch";

const rounds = Number(process.argv.find((arg) => arg.startsWith("--rounds="))?.slice(9) ?? 50);
const isLane = process.argv.includes("--lane");
/** A supervisor waits longer before each start of a process that keeps failing, so it is replaced before that takes long. */
const roundsOfSupervisor = 4;
const workers = 8;
// Below the range from which the system takes ports of outgoing connections.
const port = 20_000 + (process.pid % 12_000);
const publicUrl = `http://localhost:${port}`;
const data = aDataDir();
const databaseUrl = process.env.TEST_DATABASE_URL ? await freshPostgres(process.env.TEST_DATABASE_URL) : undefined;
/** So long a way to the database that a call which did not wait for its row would be seen without one. */
const far = databaseUrl ? await farProxy(databaseUrl, 4) : null;
const log = process.argv.find((arg) => arg.startsWith("--log="))?.slice(6) ?? (databaseUrl ? "commit" : "spool");
const spool = join(data.path, "spool");

// Each worker calls a tool of its own, so rows can be compared with what the upstream saw tool by tool.
const seen = new Map<string, number>();
const upstream = createServer((req, res) => {
  let body = "";
  req.on("data", (chunk) => {
    body += chunk;
  });
  req.on("end", () => {
    const { id, method, params } = JSON.parse(body);
    if (method === "tools/call") seen.set(params.name, (seen.get(params.name) ?? 0) + 1);
    const result =
      method === "initialize"
        ? { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "counting", version: "1" } }
        : { content: [] };
    const answer = () =>
      res
        .writeHead(id === undefined ? 202 : 200, { "content-type": "application/json" })
        .end(id === undefined ? "" : JSON.stringify({ jsonrpc: "2.0", id, result }));
    setTimeout(answer, Math.random() * 5);
  });
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));

const { token, path } = await withDatabase(async ({ db }) => {
  await migrate(db);
  const { org } = await make.anOrg(db);
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/mcp`;
  const server = await make.aServer(db, org.id, { url, protocolVersion: "2025-11-25", nextSyncAt: new Date(Date.now() + 86_400_000) });
  const tools = [];
  for (let i = 0; i < workers; i++) tools.push(await make.aCapability(db, org.id, server.id, "tool", `tool-${i}`));
  const portal = await make.aPortal(db, org.id);
  await make.anAssignment(db, org.id, portal.id, server.id, tools);
  const policy = await make.aPolicy(db, org.id, [{ kind: "everyone" }]);
  await make.attachToPortal(db, org.id, portal.id, policy.id);
  const person = await make.aPerson(db);
  const path = `/mcp/${org.slug}/${portal.slug}`;
  const { token, grant } = await make.aGrant(db, portal, person.id, `${publicUrl}${path}`);
  await db
    .update(grants)
    .set({ expiresAt: new Date(Date.now() + 86_400_000) })
    .where(eq(grants.id, grant.id));
  await db.update(servers).set({ probedAt: new Date() }).where(eq(servers.id, server.id));
  return { token, path };
});

let lost = 0;
/** Calls whose connection neither ended nor said anything. */
let hung = 0;
let gatehouse: Gatehouse | null = null;
const began = Date.now();
console.log("round  killed  answered  upstream saw  records  in journal only  in spool only  lost  open at kill");
for (let round = 1; round <= rounds; round++) {
  gatehouse ??= await start();
  const isLaneAlone = isLane && round % roundsOfSupervisor !== 0;
  const { child } = gatehouse;
  const answered = await loadUntil(() => (isLaneAlone ? killLane(child.pid ?? 0) : stop(child, "SIGKILL")));
  if (!isLaneAlone) gatehouse = null;
  const { records, journaled, spooled, open, missing } = await withDatabase(compare);
  lost += missing;
  const saw = [...seen.values()].reduce((sum, count) => sum + count, 0);
  const line = [round, isLaneAlone ? "lane" : "all", answered, saw, records, journaled, spooled, missing, open];
  console.log(line.map((value, i) => String(value).padStart([5, 6, 8, 12, 7, 15, 13, 4, 12][i] ?? 0)).join("  "));
}

// An orderly end, after one more start where there is nothing left; on PostgreSQL the dead instances' silence is made to have lasted.
gatehouse ??= await start();
const code = await gatehouse.stop();
const pending = await withDatabase(async ({ db, door }) => {
  if (door !== "pglite") await markInterrupted(db, new Date(Date.now() + 120_000));
  return db.$count(calls, eq(calls.outcome, "pending"));
});
const interrupted = await withDatabase(({ db }) => db.$count(calls, eq(calls.outcome, "interrupted")));
// Now there is nothing but the database.
const { missing: missingAtTheEnd } = await withDatabase(compare);
const files = readdirSync(data.path).includes("spool") ? readdirSync(spool).length : 0;
lost += missingAtTheEnd;
console.log(
  `${databaseUrl ? "PostgreSQL" : "PGlite"}, ${log}${isLane ? ", lane" : ""}: ${rounds} rounds in ${Math.round((Date.now() - began) / 1_000)} s, ${lost} calls without a record, ${hung} left hanging, ${interrupted} interrupted, ${pending} left open, ${files} files in the spool, orderly end ${code}`,
);
upstream.closeAllConnections();
upstream.close();
far?.close();
data.remove();
process.exit(lost === 0 && pending === 0 && files === 0 && code === 0 ? 0 : 1);

function start(): Promise<Gatehouse> {
  const env = { PUBLIC_URL: publicUrl, CALL_LOG: log, DATABASE_URL: far?.url ?? "" };
  return startGatehouse({ port, dataDir: data.path, env, args: [isLane ? "--lane" : "--no-pages"] });
}

/** Resolves when it is dead; whoever started it starts another. */
async function killLane(supervisor: number): Promise<void> {
  const lane = descendants(supervisor).find(({ name }) => name === "lane");
  if (!lane) throw new Error("there is no lane to kill");
  process.kill(lane.pid, "SIGKILL");
  await until(
    () => !descendants(supervisor).some(({ pid }) => pid === lane.pid),
    10_000,
    () => "the lane did not die",
  );
}

/** Calls without a pause until some time after the first answer; then it kills, and nobody calls any more. */
async function loadUntil(kill: () => Promise<unknown>): Promise<number> {
  let answered = 0;
  let alive = true;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "mcp-protocol-version": "2025-11-25" };
  const work = Array.from({ length: workers }, async (_, i) => {
    for (let id = 1; alive; id++) {
      const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name: `tool-${i}`, arguments: {} } });
      const status = await fetch(`${publicUrl}${path}`, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) }).then(
        async (response) => (await response.text()) && response.status,
        (error: Error) => {
          if (error.name === "TimeoutError") hung++;
          return 0;
        },
      );
      if (status === 200) answered++;
      else if (status !== 0) throw new Error(`a call was answered with ${status}`);
      // Nobody listens before the next one has started.
      else await pause(20);
    }
  });
  // The clock of a round starts with its first answer: a cold process may need longer for it than a short round lasts.
  await Promise.race([
    Promise.all(work),
    until(
      () => answered > 0,
      30_000,
      () => "the load reached nothing",
    ),
  ]);
  await pause(200 + Math.random() * 600);
  const killed = kill();
  alive = false;
  await Promise.all([killed, ...work]);
  return answered;
}

async function compare({ db }: OpenDatabase): Promise<{ records: number; journaled: number; spooled: number; open: number; missing: number }> {
  const stored = await db.select({ id: calls.id, tool: sql<string>`capability_name` }).from(calls).where(isNotNull(calls.capabilityName));
  const records = new Map(stored.map(({ id, tool }) => [id, tool]));
  const inRows = records.size;
  const journal = await db.select({ lines: callJournal.lines }).from(callJournal);
  for (const { id, tool } of callsIn(journal.flatMap(({ lines }) => lines.split(rowMark)))) records.set(id, tool);
  const inDatabase = records.size;
  for (const { id, tool } of callsIn(spooledStarts())) records.set(id, tool);
  const byTool = new Map<string, number>();
  for (const tool of records.values()) byTool.set(tool, (byTool.get(tool) ?? 0) + 1);
  const missing = [...seen].reduce((sum, [name, count]) => sum + Math.max(0, count - (byTool.get(name) ?? 0)), 0);
  const open = await db.$count(calls, eq(calls.outcome, "pending"));
  return { records: records.size, journaled: inDatabase - inRows, spooled: records.size - inDatabase, open, missing };
}

function spooledStarts(): string[] {
  if (!readdirSync(data.path).includes("spool")) return [];
  return readdirSync(spool)
    .filter((name) => name.endsWith(".log"))
    .flatMap((name) => readChunk(join(spool, name), 0, 16_777_216).records)
    .filter(({ kind }) => kind !== "end")
    .map(({ body }) => body);
}

function callsIn(rows: readonly string[]): { id: string; tool: string }[] {
  const at = startColumns.findIndex(([name]) => name === "capability_name");
  return rows.map((row) => row.split(valueMark)).map((values) => ({ id: values[0] ?? "", tool: values[at] ?? "" }));
}

async function withDatabase<T>(work: (opened: OpenDatabase) => Promise<T>): Promise<T> {
  const opened = await openDatabase({ url: databaseUrl, dataDir: data.path });
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
