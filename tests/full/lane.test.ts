import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { accessEvents, calls, servers } from "@/drizzle/schema";
import { hashPassword } from "@/lib/people/password";
import { authorizationCode, redirectUri, registerClient } from "@/tests/conformance/sign-in";
import { freePort, startGatehouse } from "@/tests/e2e/support/processes";
import { anEchoPortal, legacyHeaders, message } from "@/tests/mcp/harness";
import { eventually } from "@/tests/support/eventually";
import { aPerson } from "@/tests/support/factories";
import { startUpstream } from "@/tests/support/upstream";
import { postgresDatabase } from "./processes";

const database = await postgresDatabase();
const { db } = database;

test("the lane serves portals, pages come from their own process through it, and either one's death leaves the other at work", async () => {
  const upstream = await startUpstream({
    stateful: false,
    hook: ({ method, id }) => (method === "tools/call" ? { body: { jsonrpc: "2.0", id, result: { content: [] } } } : undefined),
  });
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const live = await anEchoPortal(db, { url: upstream.url });
  await db.update(servers).set({ nextSyncAt: new Date(Date.now() + 3_600_000) });
  const person = { email: "lane@acme.test", password: "correct horse battery staple" };
  await aPerson(db, { email: person.email, passwordHash: await hashPassword(person.password) });
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-lane-"));
  const env = { DATABASE_URL: database.url, PUBLIC_URL: issuer, GATEHOUSE_SECRET: randomBytes(32).toString("base64url") };
  const gatehouse = await startGatehouse({ port, dataDir, env, args: ["--lane"] });
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
  const [signIn] = await db.select().from(accessEvents).where(eq(accessEvents.email, person.email));
  expect(["127.0.0.1", "::1"]).toContain(signIn?.ip);

  const pids = () => [...gatehouse.output().matchAll(/"event":"started","ms":\d+,"pid":(\d+)/g)].map(([, pid]) => Number(pid));
  const [lane = 0, pages = 0] = pids();
  process.kill(pages, "SIGKILL");
  await eventually(async () => expect(await page()).toBe(503), { interval: 20 });
  expect(await call()).toBe(200);
  await eventually(async () => expect(await page()).toBe(200), { timeout: 60_000, interval: 200 });
  process.kill(lane, "SIGKILL");
  await eventually(async () => expect(await call().catch(() => 0)).toBe(200), { timeout: 60_000, interval: 200 });
  expect([await page(), pids().length]).toEqual([200, 4]);
  expect(await gatehouse.stop()).toBe(0);
  expect(new Set((await db.select().from(calls).where(eq(calls.orgId, live.org.id))).map(({ outcome }) => outcome))).toEqual(new Set(["ok"]));
});

function upgraded(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    request({ port, host: "127.0.0.1", headers }, (res) => resolve(res.resume().statusCode))
      .on("error", reject)
      .end();
  });
}
