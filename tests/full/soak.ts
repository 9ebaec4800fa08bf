// The built product under mixed healthy and hostile traffic, on a PostgreSQL of its own: nothing is answered wrongly, nothing is lost,
// memory stays where it is, and what was opened is closed again (AV-14). Every breach is printed, and makes the exit code 1.
// `--minutes=N` (15; memory counts from 6 on), `--form=lane|instances|alone` (lane), `--log=commit|spool` (commit), `--rate=N` actions a second (100), `--seed=N`.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isNotNull, sql } from "drizzle-orm";
import { calls } from "../../drizzle/schema";
import { migrate } from "../../lib/db/migrate";
import { openDatabase } from "../../lib/db/open";
import { limits } from "../../lib/limits";
import { startPostgres } from "../../scripts/lib/postgres.mjs";
import { freePort, startGatehouse } from "../e2e/support/processes";
import { Door, Person, wrong } from "./soak/client";
import { healthyActions } from "./soak/healthy";
import { hostileActions } from "./soak/hostile";
import { furnish } from "./soak/place";
import { RawDoor } from "./soak/raw";
import { printHead, printMinute } from "./soak/table";
import { flow, Random, Tally } from "./soak/traffic";
import { startUpstreams } from "./soak/upstreams";
import { beyond, driftsOf, mostOf, type Sample } from "./soak/verdict";
import { type Look, lookAt } from "./soak/watch";

const option = (name: string) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const minutes = Number(option("minutes") ?? 15);
const form = option("form") ?? "lane";
const log = option("log") ?? "commit";
const rate = Number(option("rate") ?? 100);
const seed = Number(option("seed") ?? Date.now() % 1_000_000);

const endMs = minutes * 60_000;
const warmupMs = Math.min(180_000, endMs / 5);
const [people, strangers] = [12, 3];
const driftMax = 0.1;
/** In its first minutes a process grows into its work; a shorter soak tells of everything but memory. */
const minutesToJudge = 6;
/** Longer than anything that is kept open for its next use: kept connections, and listening to servers after the last stream. */
const settleMs = 120_000;

const breaches: string[] = [];
const random = new Random(seed);
const tally = new Tally();
const port = await freePort();
const publicUrl = `http://localhost:${port}`;
Object.assign(process.env, { PUBLIC_URL: publicUrl, GATEHOUSE_SECRET: randomBytes(32).toString("base64url") });

const postgres = await startPostgres();
const upstreams = await startUpstreams();
const { db, close } = await openDatabase({ url: postgres.url, dataDir: "" });
await migrate(db);
const place = await furnish(db, publicUrl, upstreams, people + strangers);
const door = new Door(port, place.path);
const raw = new RawDoor(port, place.path);
const everybody = place.tokens.map((token) => new Person(door, token));
const [behaving, others] = [everybody.slice(0, people), everybody.slice(people)];
const [person, abandoner] = others as [Person, Person];

const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-soak-"));
const args = { lane: ["--lane"], instances: ["--instances", "2"], alone: [] }[form] ?? [];
const gatehouse = await startGatehouse({ port, dataDir, args, env: { DATABASE_URL: postgres.url, CALL_LOG: log } });
const look = () => lookAt(gatehouse.child.pid ?? 0, { own: port, database: postgres.port, upstreams: upstreams.ports });

const { pages, cookie } = place;
const healthyScene = { random, pages, cookie, person: () => random.of(behaving.filter(({ underWay }) => underWay < 5)) };
const hostileScene = { random, raw, pages, cookie, person, abandoner, victim: () => random.of(behaving) };

console.log(`${form}, ${log}, ${minutes} min, ${rate} actions/s, seed ${seed}; drift from ${(warmupMs / 60_000).toFixed(1)} min on`);
try {
  await soak();
} catch (error) {
  breaches.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await gatehouse.stop();
  raw.leave();
  await door.close();
  await upstreams.close();
  await close();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
for (const breach of breaches) console.log(`breach: ${breach}`);
console.log(`${form}, ${log}: ${minutes} min, ${tally.totals.size} kinds of action, ${breaches.length} breaches`);
process.exit(breaches.length === 0 ? 0 : 1);

async function soak(): Promise<void> {
  const baseline = await firstTouch();
  const samples = await traffic();
  judgeMemory(samples);
  await judgeHandles(baseline);
  const code = await gatehouse.stop();
  expect(code === 0, `the process ended with ${code}`);
  for (const fault of tally.faults.slice(0, 20)) breaches.push(fault);
  expect(tally.faults.length <= 20, `${tally.faults.length} faults in all`);
  judgeOutput(gatehouse.output());
  await judgeRecords();
  for (const [name, count] of [...tally.totals].sort()) console.log(`  ${name}: ${count}`);
}

/** Sessions that last, as many as a grant may have for who abandons them; everything once; then silence. What is open then may be open at the end. */
async function firstTouch() {
  for (const one of [...behaving, person]) one.session = await callIn(one, await one.begin());
  for (let i = 0; i < limits.mcpSessionsPerGrant + 5; i++) await callIn(abandoner, await abandoner.begin());
  for (const action of healthyActions) await tally.run("healthy", action.name, () => action.run(healthyScene));
  await pause(45_000);
  const quiet: Look[][] = [];
  for (let i = 0; i < 30; i++) {
    quiet.push(look());
    await pause(500);
  }
  return mostOf(quiet);
}

/** After its first call a session has one at the server, too. */
async function callIn(who: Person, session: string): Promise<string> {
  await who.ask("2025-11-25", { method: "tools/call", name: "old-echo", params: { name: "old-echo", arguments: {} }, session });
  return session;
}

async function traffic(): Promise<Sample[]> {
  const began = performance.now();
  const samples: Sample[] = [];
  const until = () => performance.now() - began >= endMs;
  const common = { random, tally, until };
  const flows = [
    flow({ kind: "healthy", actions: healthyActions, perSecond: rate * 0.85, openMax: 48, ...common }, (action) => action.run(healthyScene)),
    flow({ kind: "hostile", actions: hostileActions, perSecond: rate * 0.15, openMax: 150, ...common }, (action) => action.run(hostileScene)),
    changes(until),
    watch(began, samples, until),
  ];
  await flows[3];
  // What stays on purpose is asked to go.
  raw.leave();
  await Promise.all(flows);
  return samples;
}

async function changes(until: () => boolean): Promise<void> {
  for (let n = 0; !until(); n++) {
    await place.change(n);
    await pause(5_000);
  }
}

async function watch(began: number, samples: Sample[], until: () => boolean): Promise<void> {
  printHead(look());
  let minute = 0;
  while (!until()) {
    samples.push({ ms: performance.now() - began, looks: look() });
    await tally.run("healthy", "readiness", isReady);
    const at = Math.floor((performance.now() - began) / 60_000);
    if (at > minute) printMinute(++minute, samples, tally);
    await pause(2_000);
  }
  if ((samples.at(-1)?.ms ?? 0) >= minute * 60_000) printMinute(++minute, samples, tally);
}

async function isReady(): Promise<void> {
  const answer = await door.send("/readyz", { method: "GET", headers: {} });
  if (answer.status !== 200) throw wrong("/readyz", answer);
}

function judgeMemory(samples: Sample[]): void {
  for (const { name, early, late, drift, trend } of driftsOf(samples, warmupMs, endMs)) {
    console.log(`  ${name}: ${early.toFixed(1)} → ${late.toFixed(1)} MiB, ${percent(drift)}; trend ${percent(trend)}`);
    expect(drift < driftMax || minutes < minutesToJudge, `the memory of ${name} grew by ${percent(drift)}`);
  }
}

async function judgeHandles(baseline: ReturnType<typeof mostOf>): Promise<void> {
  await door.close();
  const began = performance.now();
  let open = beyond(baseline, look());
  while (open.length > 0 && performance.now() - began < settleMs) {
    await pause(500);
    open = beyond(baseline, look());
  }
  console.log(`  handles back after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  breaches.push(...open.map((what) => `still open: ${what}`));
}

/** Of what it told the operator, by event: a fault is a breach. */
function judgeOutput(output: string): void {
  const events = new Map<string, number>();
  for (const line of output.split("\n").filter((text) => text.startsWith("{"))) {
    const { level, event, error = "" } = JSON.parse(line) as { level: string; event: string; error?: string };
    const what = `${level} ${event} ${error}`.trim();
    events.set(what, (events.get(what) ?? 0) + 1);
  }
  for (const [what, count] of events) {
    console.log(`  said ${count} times: ${what}`);
    expect(!what.startsWith("error "), `it said ${count} times: ${what}`);
  }
}

/** Every call that a server saw has its row, and every row its end. */
async function judgeRecords(): Promise<void> {
  const rows = await db
    .select({ serverId: calls.serverId, method: calls.method, name: calls.capabilityName, count: sql<number>`count(*)::int` })
    .from(calls)
    .where(isNotNull(calls.serverId))
    .groupBy(calls.serverId, calls.method, calls.capabilityName);
  const recorded = new Map(rows.map(({ serverId, method, name, count }) => [`${place.servers.get(serverId ?? "")} ${method} ${name}`, count]));
  let seen = 0;
  for (const [key, count] of upstreams.counts) {
    seen += count;
    expect((recorded.get(key) ?? 0) >= count, `a server saw ${count} of ${key}, and ${recorded.get(key) ?? 0} are on record`);
  }
  const [{ open = 0 } = {}] = await db.select({ open: sql<number>`count(*) filter (where outcome = 'pending')::int` }).from(calls);
  console.log(`  servers saw ${seen} calls, ${[...recorded.values()].reduce((sum, count) => sum + count, 0)} rows, ${open} of them open`);
  expect(open === 0, `${open} rows have no end`);
  for (const again of upstreams.twice.slice(0, 10)) breaches.push(`delivered twice: ${again}`);
}

function expect(holds: boolean, breach: string): void {
  if (!holds) breaches.push(breach);
}

function percent(share: number): string {
  return `${share >= 0 ? "+" : ""}${(share * 100).toFixed(1)} %`;
}
