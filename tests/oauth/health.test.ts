import { eq, sql } from "drizzle-orm";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { capabilities, grants, notices } from "@/drizzle/schema";
import { startSharedConnection } from "@/lib/connections/commands";
import { finishConnecting } from "@/lib/connections/finish";
import { listServerConnections } from "@/lib/connections/queries";
import { loadCredential } from "@/lib/connections/store";
import { setWebhook } from "@/lib/notices/commands";
import { deliverNotices } from "@/lib/notices/deliver";
import { getNoticeSettings, listNotices } from "@/lib/notices/queries";
import { watchServers } from "@/lib/notices/watch";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { getServer } from "@/lib/servers/queries";
import { syncServer } from "@/lib/servers/sync";
import { forget } from "@/lib/singleton";
import { aConnectedPortal, aLastingToken, callTool } from "../support/connected";
import { testDatabase } from "../support/database";
import { aCapability, aMember, anAssignment, aServer } from "../support/factories";
import { startGuarded, startOidc } from "../support/oidc";
import { signInAt } from "../support/provider-browser";
import { startSmtp } from "../support/smtp";
import { startUpstream } from "../support/upstream";
import { startWebhook } from "../support/webhook";

// Everything on the way is real: the provider, the servers, the mail server, the webhook. Only the clock is moved.
const db = await testDatabase();
const smtp = await startSmtp();
const webhook = await startWebhook();
const running: { close(): Promise<void> }[] = [];
process.env.SMTP_URL = smtp.url;
forget("env");
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await Promise.all([smtp.stop(), webhook.stop(), ...running.map((one) => one.close())]);
});

const minuteMs = 60_000;
const later = (minutes: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * minuteMs });

/** A portal with a server behind a shared account, which is connected, and another server that needs none. */
async function aTeam() {
  const oidc = await startOidc();
  const { upstream } = await startGuarded(oidc);
  const state = { breaks: false, id: "" };
  const hook = ({ method }: { method: string | null }) => (state.breaks && method === "tools/call" ? { status: 502 } : undefined);
  const notes = await startUpstream({ era: "modern", tools: [{ name: "note" }], hook });
  running.push(oidc, upstream, notes);
  const portal = await aConnectedPortal(db, upstream.url, "oauth", "shared");
  const { org, server, person, ctx, me, mounts } = portal;
  const other = await aServer(db, org.id, { name: "Notes", url: notes.url, transport: null, era: null });
  await anAssignment(db, org.id, portal.portal.id, other.id, [await aCapability(db, org.id, other.id, "tool", "note")], { position: 1 });
  await aMember(db, org.id, person.id, "admin");
  await bumpAccessVersion(db, org.id);
  state.id = other.id;
  const token = await aLastingToken(db, portal.grant.id);
  const expiresAt = new Date(Date.now() + 30 * 24 * 60 * minuteMs);
  await db.update(grants).set({ expiresAt }).where(eq(grants.id, portal.grant.id));
  const ref = { orgId: org.id, serverId: server.id, personId: null };
  const at = () => ({ ...ctx, now: new Date() });
  const [mount] = mounts;
  if (!mount) throw new Error("there is no mount");
  const team = {
    ...{ org, server, person, oidc, ref, notes: state },
    at,
    sync: () => syncServer(db, ref, "schedule"),
    /** Both servers, through the portal. */
    call: async () => ({ guarded: await callTool(mount, token, "whoami"), notes: await callTool(mount, token, "note") }),
    async connect() {
      const { url } = await startSharedConnection(at(), { serverId: server.id }, me.sessionId);
      expect(await finishConnecting({ ...me, now: new Date() }, (await signInAt(url, "robot")).searchParams)).toMatchObject({ kind: "connected" });
    },
    told: async () => (await db.select().from(notices).where(eq(notices.orgId, org.id)).orderBy(notices.id)).map(({ kind }) => kind),
    deliveries: async () => (await listNotices(at())).map(({ deliveries }) => deliveries),
    mails: () => smtp.mails.filter(({ to }) => to === person.email).map(({ text }) => text),
  };
  await team.connect();
  for (const serverId of [server.id, other.id]) expect(await syncServer(db, { orgId: org.id, serverId }, "schedule")).toMatchObject({ kind: "done" });
  await db.update(capabilities).set({ approvedFingerprint: sql`${capabilities.fingerprint}`, approvedDefinition: sql`${capabilities.definition}` });
  await bumpAccessVersion(db, org.id);
  return team;
}

const watch = () => watchServers(db, new Date());
const deliver = () => Promise.all([deliverNotices(db, "mail"), deliverNotices(db, "webhook")]);

test("with a provider that answers garbage, no mail server and a dead webhook, nothing is lost, the admin sees it, and other servers' calls go on", async () => {
  const team = await aTeam();
  await setWebhook(team.at(), { url: webhook.url, enabled: true });
  await Promise.all([smtp.stop(), webhook.stop()]);
  team.oidc.garbage = "<html>503 but we call it 200</html>";
  later(120);
  expect(await team.call()).toEqual({ guarded: expect.stringContaining("the sign-in service refused"), notes: "ran note" });
  await watch();
  expect(await team.told()).toEqual([]);
  later(5);
  expect(await team.sync()).toMatchObject({ kind: "failed" });
  await watch();
  expect(await team.told()).toEqual(["account_failing"]);
  await deliver();

  // What the admin sees: on the server's page, of its account, and of the notice that does not get out.
  expect(await getServer(team.at(), team.server.id)).toMatchObject({ status: "stale", errorMessage: expect.stringContaining("sign-in service") });
  expect(await listServerConnections(team.at(), team.server.id)).toMatchObject([{ problem: expect.stringContaining("no usable answer") }]);
  const waiting = { waiting: 1, attempts: 1, lastSuccessAt: null };
  expect(await getNoticeSettings(team.at())).toMatchObject({
    mail: { ...waiting, problem: "the mail server does not answer" },
    webhook: { ...waiting, problem: "nothing answers at the webhook's address" },
  });
  expect(await team.deliveries()).toEqual([{ mail: "waiting", webhook: "waiting" }]);
  expect(await team.call()).toMatchObject({ notes: "ran note" });

  // Everything comes back, by itself.
  team.oidc.garbage = null;
  await Promise.all([smtp.start(), webhook.start()]);
  later(1);
  expect(await team.sync()).toMatchObject({ kind: "done" });
  expect(await team.call()).toMatchObject({ guarded: "you are robot" });
  await watch();
  await deliver();
  later(16);
  await deliver();
  expect(await team.told()).toEqual(["account_failing", "account_well"]);
  expect(await team.deliveries()).toEqual([
    { mail: "sent", webhook: "sent" },
    { mail: "sent", webhook: "sent" },
  ]);
  expect(team.mails().map((text) => /Subject: (.*)/.exec(text)?.[1])).toEqual([
    expect.stringContaining("The shared account at Guarded cannot be"),
    expect.stringContaining("The shared account at Guarded works again"),
  ]);
  expect(webhook.posted.map(({ body }) => JSON.parse(body).data.notices[0].kind)).toEqual(["account_failing", "account_well"]);
  expect(await getNoticeSettings(team.at())).toMatchObject({ mail: { waiting: 0, problem: null }, webhook: { waiting: 0, problem: null } });
});

test("a shared account that its provider has ended is told at once; connected again, that is told too", async () => {
  const team = await aTeam();
  const credential = await loadCredential(db, team.ref);
  await (await team.oidc.provider.RefreshToken.find(credential?.refreshToken ?? ""))?.destroy();
  team.oidc.living.clear();
  later(1);
  expect(await team.call()).toMatchObject({ guarded: expect.stringContaining("an admin has to connect it again") });
  expect(await team.sync()).toMatchObject({ kind: "failed" });
  await watch();
  expect(await team.told()).toEqual(["account_ended"]);
  await team.connect();
  expect(await team.sync()).toMatchObject({ kind: "done" });
  await watch();
  expect(await team.told()).toEqual(["account_ended", "account_well"]);
});

test("a webhook that hangs holds up no call, no page and no mail", async () => {
  const team = await aTeam();
  await setWebhook(team.at(), { url: webhook.url, enabled: true });
  const credential = await loadCredential(db, team.ref);
  await (await team.oidc.provider.RefreshToken.find(credential?.refreshToken ?? ""))?.destroy();
  team.oidc.living.clear();
  later(1);
  await team.call();
  await watch();
  webhook.answers = "hangs";
  const before = webhook.posted.length;
  const hanging = deliverNotices(db, "webhook");
  await expect.poll(() => webhook.posted.length).toBe(before + 1);
  expect(await team.call()).toMatchObject({ notes: "ran note" });
  await deliverNotices(db, "mail");
  expect(await team.deliveries()).toEqual([{ mail: "sent", webhook: "waiting" }]);
  await Promise.all([hanging, webhook.stop()]);
  expect((await getNoticeSettings(team.at())).webhook).toMatchObject({ waiting: 1, problem: expect.stringContaining("webhook") });
  webhook.answers = 200;
  await webhook.start();
  later(1);
  await deliverNotices(db, "webhook");
  expect(await team.deliveries()).toEqual([{ mail: "sent", webhook: "sent" }]);
});

test("a server whose lists are fine but whose calls fail is told, once", async () => {
  const team = await aTeam();
  team.notes.breaks = true;
  for (let n = 0; n < 6; n++) await team.call();
  await watch();
  await watch();
  expect(await team.told()).toEqual(["calls_failing"]);
  team.notes.breaks = false;
  expect(await syncServer(db, { orgId: team.org.id, serverId: team.notes.id }, "schedule")).toMatchObject({ kind: "done" });
  expect(await team.call()).toMatchObject({ notes: "ran note" });
  await watch();
  expect(await team.told()).toEqual(["calls_failing"]);
  later(11);
  await watch();
  expect(await team.told()).toEqual(["calls_failing", "calls_well"]);
});

test("a server that goes away is told when it stays away, and when it is back", async () => {
  const notes = await startUpstream({ era: "modern", tools: [{ name: "note" }] });
  const team = await aTeam();
  const other = await aServer(db, team.org.id, { name: "Wiki", url: notes.url, transport: null, era: null });
  const sync = () => syncServer(db, { orgId: team.org.id, serverId: other.id }, "schedule");
  expect(await sync()).toMatchObject({ kind: "done" });
  const { port } = new URL(notes.url);
  await notes.close();
  for (let round = 0; round < 3; round++) {
    later(6);
    expect(await sync()).toMatchObject({ kind: "failed" });
    await watch();
  }
  expect(await team.told()).toEqual(["server_failing"]);
  running.push(await startUpstream({ era: "modern", tools: [{ name: "note" }], port: Number(port) }));
  later(6);
  expect(await sync()).toMatchObject({ kind: "done" });
  await watch();
  expect(await team.told()).toEqual(["server_failing", "server_well"]);
});
