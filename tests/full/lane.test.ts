import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { accessEvents, calls, servers } from "@/drizzle/schema";
import { migrate } from "@/lib/db/migrate";
import { openDatabase } from "@/lib/db/open";
import type { Database } from "@/lib/db/types";
import { hashPassword } from "@/lib/people/password";
import { authorizationCode, redirectUri, registerClient } from "@/tests/conformance/sign-in";
import { freePort, startGatehouse } from "@/tests/e2e/support/processes";
import { anEchoPortal, legacyHeaders, message } from "@/tests/mcp/harness";
import { eventually } from "@/tests/support/eventually";
import { aPerson } from "@/tests/support/factories";
import { startUpstream } from "@/tests/support/upstream";
import { postgresDatabase } from "./processes";

const postgres = await postgresDatabase();

/** A database on which the product is started, and how a test comes to it before that and afterwards. */
type Place = { url?: string; dataDir: string; inDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> };

function placeOf(kind: "PostgreSQL" | "embedded"): Place {
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-lane-"));
  if (kind === "PostgreSQL") return { url: postgres.url, dataDir, inDatabase: (work) => work(postgres.db) };
  return {
    dataDir,
    async inDatabase(work) {
      const { db, close } = await openDatabase({ dataDir });
      try {
        await migrate(db);
        return await work(db);
      } finally {
        await close();
      }
    },
  };
}

const kinds = ["PostgreSQL", "embedded"] as const;

test.each(kinds)("%s: the lane serves portals, pages come from their own process through it, and either one's death leaves the other at work", async (kind) => {
  const { url, dataDir, inDatabase } = placeOf(kind);
  const upstream = await startUpstream({
    stateful: false,
    hook: ({ method, id }) => (method === "tools/call" ? { body: { jsonrpc: "2.0", id, result: { content: [] } } } : undefined),
  });
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const person = { email: "lane@acme.test", password: "correct horse battery staple" };
  const live = await inDatabase(async (db) => {
    const made = await anEchoPortal(db, { url: upstream.url });
    await db.update(servers).set({ nextSyncAt: new Date(Date.now() + 3_600_000) });
    await aPerson(db, { email: person.email, passwordHash: await hashPassword(person.password) });
    return made;
  });
  const env = { PUBLIC_URL: issuer, GATEHOUSE_SECRET: randomBytes(32).toString("base64url"), ...(url && { DATABASE_URL: url }) };
  const starting = startGatehouse({ port, dataDir, env, args: url ? ["--lane"] : [] });
  // Whoever sees that it is ready finds the pages as well.
  await eventually(async () => expect((await fetch(`${issuer}/readyz`)).status).toBe(200), { timeout: 60_000, interval: 10 });
  expect((await fetch(`${issuer}/sign-in`)).status).toBe(200);
  const gatehouse = await starting;
  onTestFinished(async () => {
    await gatehouse.stop();
    rmSync(dataDir, { recursive: true, force: true });
    await upstream.close();
  });
  expect(gatehouse.output()).toContain("Processes  instance 1, pages");

  // Signing in and consenting are pages and forms; the token they end in is used at the lane.
  const clientId = await registerClient(issuer, redirectUri);
  const form = await authorizationCode(issuer, person, clientId, `${issuer}${live.path}`);
  const token = await fetch(`${issuer}/oauth/token`, { method: "POST", body: new URLSearchParams(form) }).then((response) => response.json());
  const { access_token } = token as { access_token: string };
  const call = async () => {
    const body = message("tools/call", { name: "echo", arguments: {} });
    const response = await fetch(`${issuer}${live.path}`, { method: "POST", headers: legacyHeaders(access_token), body });
    await response.text();
    return response.status;
  };
  const page = async () => {
    const response = await fetch(`${issuer}/sign-in`, {
      headers: { "x-forwarded-for": "6.6.6.6", "x-gatehouse-from": "6.6.6.6", "x-gatehouse-peer": "x 6.6.6.6" },
    });
    await response.text();
    return response.status;
  };
  expect([await call(), await page(), await upgraded(port)]).toEqual([200, 200, 426]);

  const pids = () => [...gatehouse.output().matchAll(/"event":"started","ms":\d+,"pid":(\d+)/g)].map(([, pid]) => Number(pid));
  const [lane = 0, pages = 0] = pids();
  process.kill(pages, "SIGKILL");
  await eventually(async () => expect(await page()).toBe(503), { interval: 20 });
  expect(await call()).toBe(200);
  await eventually(async () => expect(await page()).toBe(200), { timeout: 60_000, interval: 200 });
  process.kill(lane, "SIGKILL");
  await eventually(async () => expect(await call().catch(() => 0)).toBe(200), { timeout: 60_000, interval: 200 });
  await eventually(async () => expect([await page(), pids().length]).toEqual([200, 4]), { timeout: 60_000, interval: 200 });
  process.kill(gatehouse.child.pid ?? 0, "SIGUSR2");
  await eventually(() => expect(gatehouse.output()).toContain('"event":"restarted"'), { timeout: 60_000, interval: 100 });
  expect([await call(), await page(), pids().length]).toEqual([200, 200, 6]);
  expect(await gatehouse.stop()).toBe(0);
  await inDatabase(async (db) => {
    const [signIn] = await db.select().from(accessEvents).where(eq(accessEvents.email, person.email));
    expect(["127.0.0.1", "::1"]).toContain(signIn?.ip);
    const outcomes = (await db.select().from(calls).where(eq(calls.orgId, live.org.id))).map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(["ok"]));
  });
});

function upgraded(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    request({ port, host: "127.0.0.1", headers }, (res) => resolve(res.resume().statusCode))
      .on("error", reject)
      .end();
  });
}
