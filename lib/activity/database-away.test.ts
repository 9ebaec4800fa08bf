import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { calls } from "@/drizzle/schema";
import { migrate } from "@/lib/db/migrate";
import { type OpenDatabase, openDatabase } from "@/lib/db/open";
import { isReady } from "@/lib/endpoint/health";
import { newId } from "@/lib/ids";
import { startPostgres } from "@/scripts/lib/postgres.mjs";
import { aCallRow } from "@/tests/support/call-records";
import { type CutProxy, cutProxy } from "@/tests/support/cut-proxy";
import { eventually } from "@/tests/support/eventually";
import { anOrg } from "@/tests/support/factories";
import { freshPostgres } from "@/tests/support/fresh-postgres";
import { CallNotRecorded } from "./call-log";
import { groupCommitLog } from "./group-commit-log";
import { spoolLog } from "./spool-log";

// A real PostgreSQL behind a proxy that can be cut, whatever database the other tests run on.
let postgres: { url: string; stop(): Promise<unknown> } | undefined;
let direct: OpenDatabase;
let cuttable: OpenDatabase;
let proxy: CutProxy;
let orgId = "";

beforeAll(async () => {
  postgres = process.env.TEST_DATABASE_URL ? undefined : await startPostgres();
  const adminUrl = process.env.TEST_DATABASE_URL ?? postgres?.url ?? "";
  const url = await freshPostgres(adminUrl);
  direct = await openDatabase({ url, dataDir: "" });
  await migrate(direct.db);
  orgId = (await anOrg(direct.db)).org.id;
  proxy = await cutProxy(url);
  cuttable = await openDatabase({ url: proxy.url, dataDir: "" });
});
afterAll(async () => {
  await cuttable.close();
  await proxy.close();
  await direct.close();
  await postgres?.stop();
});

const end = { outcome: "ok", durationMs: 1, endedAt: new Date() } as const;
const stored = async (id: string) => (await direct.db.select().from(calls).where(eq(calls.id, id)))[0];
const ready = () => isReady(Promise.resolve(cuttable.db));

// Each waits until connections are given up, or tried again.
describe.each(["refused", "silent"] as const)("while the database is away (%s)", { timeout: 60_000 }, (how) => {
  test("the spool refuses no call and loses no row", async () => {
    const directory = mkdtempSync(join(tmpdir(), "gatehouse-spool-"));
    const log = spoolLog(cuttable.records, { directory, instance: newId("ins"), retryMs: 50 });
    const rows = Array.from({ length: 3_000 }, () => aCallRow(orgId));
    const made = (from: number, to: number) => {
      for (const row of rows.slice(from, to)) {
        expect(log.open(row)).toBeUndefined();
        log.close(row.id, end);
      }
    };
    made(0, 1_000);
    await proxy.cut(how);
    made(1_000, 2_000);
    await eventually(async () => expect(await ready()).toBe(false), 10_000);
    made(2_000, 2_900);
    await proxy.restore();
    made(2_900, 3_000);
    const ids = rows.map(({ id }) => id);
    await eventually(async () => expect(await direct.db.$count(calls, inArray(calls.id, ids))).toBe(3_000), 30_000);
    await log.flush();
    expect(await direct.db.$count(calls, eq(calls.outcome, "pending"))).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
    await eventually(async () => expect(await ready()).toBe(true), 20_000);
  });

  test("the commit way refuses each call with a clear error, readiness turns false, and both recover", async () => {
    const log = groupCommitLog(cuttable.records, { durable: false });
    const [before, during, after] = [aCallRow(orgId), aCallRow(orgId), aCallRow(orgId)];
    await log.open(before);
    await proxy.cut(how);
    log.close(before.id, end);
    await expect(log.open(during)).rejects.toBeInstanceOf(CallNotRecorded);
    expect(await ready()).toBe(false);
    await proxy.restore();
    await eventually(async () => expect(await ready()).toBe(true), 20_000);
    await eventually(() => log.open(after), 20_000);
    log.close(after.id, end);
    await log.flush();
    expect([(await stored(before.id))?.outcome, (await stored(after.id))?.outcome]).toEqual(["ok", "ok"]);
    // It was not made; if its row did arrive, it says so.
    expect((await stored(during.id))?.outcome ?? "refused").toBe("refused");
  });
});
