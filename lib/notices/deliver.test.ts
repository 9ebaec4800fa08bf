import { createHmac } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { noticeChannels, noticeDeliveries } from "@/drizzle/schema";
import type { NoticeChannel } from "@/drizzle/schema/notices";
import { forget } from "@/lib/singleton";
import { testDatabase } from "@/tests/support/database";
import { aMember, anOrg, aPerson, aServer } from "@/tests/support/factories";
import { startSmtp } from "@/tests/support/smtp";
import { startWebhook } from "@/tests/support/webhook";
import { takeBatch } from "./batches";
import { rotateWebhookSecret, sendTestNotice, setNoticeMail, setWebhook } from "./commands";
import { deliverNotices } from "./deliver";
import { getNoticeSettings, listNotices } from "./queries";
import { beginTrouble, endTrouble } from "./troubles";

const db = await testDatabase();
const smtp = await startSmtp();
const webhook = await startWebhook();
process.env.SMTP_URL = smtp.url;
forget("env");
afterAll(async () => {
  await smtp.stop();
  await webhook.stop();
});

const start = Date.now();
let nowMs = start;
const clock = () => new Date(nowMs);
const later = (minutes: number) => {
  nowMs += minutes * 60_000;
};
const deliver = (channel: NoticeChannel) => deliverNotices(db, channel, clock);

beforeEach(async () => {
  later(24 * 60);
  smtp.refuses = {};
  webhook.answers = 200;
  // What earlier tests left on the way is theirs.
  await db.update(noticeDeliveries).set({ state: "off" }).where(eq(noticeDeliveries.state, "waiting"));
  await db.update(noticeChannels).set({ batchId: null });
  smtp.mails.length = 0;
  webhook.posted.length = 0;
});

async function anAcme() {
  const { org, owner, ctx } = await anOrg(db, { name: "Acme" });
  const jira = await aServer(db, org.id, { name: "Jira" });
  const figma = await aServer(db, org.id, { name: "Figma" });
  const ref = (server: { id: string }) => ({ orgId: org.id, serverId: server.id, topic: "lists" as const });
  const detail = "nothing answers at the server's address";
  return {
    ...{ org, owner, jira, figma },
    ctx: () => ({ ...ctx, now: clock() }),
    fails: (server = jira) => beginTrouble(db, { ...ref(server), kind: "server_failing", detail }, true, clock()),
    recovers: (server = jira) => endTrouble(db, ref(server), {}, clock()),
    states: async (channel: NoticeChannel) => (await listNotices({ ...ctx, now: clock() })).map(({ deliveries }) => deliveries[channel]),
    settings: () => getNoticeSettings({ ...ctx, now: clock() }),
  };
}

const mailsTo = (email: string) => smtp.mails.filter(({ to }) => to === email).map(({ text }) => text);

describe("by mail", () => {
  test("owners and admins with a confirmed address hear of it, nobody else does", async () => {
    const acme = await anAcme();
    const [admin, auditor, unconfirmed] = [await aPerson(db), await aPerson(db), await aPerson(db, { emailVerifiedAt: null })];
    await aMember(db, acme.org.id, admin.id, "admin");
    await aMember(db, acme.org.id, auditor.id, "auditor");
    await aMember(db, acme.org.id, unconfirmed.id, "admin");
    await acme.fails();
    await deliver("mail");
    expect(smtp.mails.map(({ to }) => to).sort()).toEqual([acme.owner.email, admin.email].sort());
    const [text] = mailsTo(acme.owner.email);
    expect(text).toContain("Subject: Acme: Jira cannot be synchronised");
    expect(text).toContain("nothing answers at the server's address");
    expect(await acme.states("mail")).toEqual(["sent"]);
  });

  test("the first goes at once, the next together a quarter of an hour later, one line for what came and went", async () => {
    const acme = await anAcme();
    await acme.fails();
    await deliver("mail");
    later(1);
    await acme.recovers();
    await acme.fails();
    await acme.recovers();
    await acme.fails(acme.figma);
    await deliver("mail");
    expect(smtp.mails).toHaveLength(1);
    later(15);
    await deliver("mail");
    const [, text = ""] = mailsTo(acme.owner.email);
    expect(text).toContain("2 notices about servers");
    expect(text.match(/Jira/g)).toHaveLength(1);
    expect(text).toContain("Jira is synchronised again");
    expect(text).toContain("It changed 3 times since the last message.");
    await deliver("mail");
    expect(smtp.mails).toHaveLength(2);
  });

  test("while the mail server is down nothing is lost and the page says so; afterwards it arrives, once", async () => {
    const acme = await anAcme();
    await smtp.stop();
    await acme.fails();
    await deliver("mail");
    expect(await acme.states("mail")).toEqual(["waiting"]);
    const { mail } = await acme.settings();
    expect(mail).toMatchObject({ waiting: 1, attempts: 1, problem: "the mail server does not answer", problemAt: clock(), lastSuccessAt: null });
    // Not before the pause is over.
    expect(mail.nextAt?.getTime()).toBeGreaterThan(nowMs);
    await smtp.start();
    await deliver("mail");
    expect(smtp.mails).toEqual([]);
    later(1);
    await deliver("mail");
    expect(mailsTo(acme.owner.email)).toHaveLength(1);
    expect(await acme.states("mail")).toEqual(["sent"]);
    expect((await acme.settings()).mail).toMatchObject({ waiting: 0, attempts: 0, problem: null, lastSuccessAt: clock() });
  });

  test("who has the mail already is left out when it is tried again, and a dead mailbox keeps nobody waiting", async () => {
    const acme = await anAcme();
    const [late, dead] = [await aPerson(db), await aPerson(db)];
    for (const { id } of [late, dead]) await aMember(db, acme.org.id, id, "admin");
    smtp.refuses = { [late.email]: "450 try later", [dead.email]: "550 no such mailbox" };
    await acme.fails();
    await deliver("mail");
    expect(smtp.mails.map(({ to }) => to)).toEqual([acme.owner.email]);
    smtp.refuses = { [dead.email]: "550 no such mailbox" };
    later(1);
    await deliver("mail");
    expect(smtp.mails.map(({ to }) => to)).toEqual([acme.owner.email, late.email]);
    expect(await acme.states("mail")).toEqual(["sent"]);
    expect((await acme.settings()).mail.problem).toBe(`the mail server refuses ${dead.email}`);
  });

  test("it is given up after a day, with growing pauses, and said to be", async () => {
    const acme = await anAcme();
    await smtp.stop();
    await acme.fails();
    const pauses: number[] = [];
    for (let n = 0; n < 40 && (await acme.states("mail"))[0] === "waiting"; n++) {
      await deliver("mail");
      const { nextAt } = (await acme.settings()).mail;
      pauses.push(((nextAt?.getTime() ?? 0) - nowMs) / 60_000);
      nowMs = nextAt?.getTime() ?? nowMs;
    }
    expect(await acme.states("mail")).toEqual(["given_up"]);
    expect(pauses.length).toBeGreaterThan(10);
    expect(pauses.length).toBeLessThan(35);
    expect(pauses[0]).toBeLessThan(1);
    expect(pauses.at(-1)).toBeGreaterThan(50);
    await smtp.start();
    await acme.recovers();
    later(70);
    await deliver("mail");
    expect(await acme.states("mail")).toEqual(["sent", "given_up"]);
  });

  test("switched off, nothing is sent, and nothing is caught up", async () => {
    const acme = await anAcme();
    await acme.fails();
    await setNoticeMail(acme.ctx(), { enabled: false });
    await acme.recovers();
    await deliver("mail");
    await setNoticeMail(acme.ctx(), { enabled: true });
    await deliver("mail");
    expect([smtp.mails, await acme.states("mail")]).toEqual([[], ["off", "off"]]);
  });
});

async function aHooked() {
  const acme = await anAcme();
  const { secret } = await setWebhook(acme.ctx(), { url: webhook.url, enabled: true });
  return { ...acme, secret: secret ?? "" };
}

const signedBy = (secret: string, { headers, body }: (typeof webhook.posted)[number]) => {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest("base64")}`;
};

function answer(status: number) {
  webhook.answers = status;
}

describe("by webhook", () => {
  test("is signed over id, time and body, and says what happened", async () => {
    const acme = await aHooked();
    await acme.fails();
    await deliver("webhook");
    const [post] = webhook.posted;
    if (!post) throw new Error("nothing was posted");
    expect(post.headers).toMatchObject({ "content-type": "application/json", "webhook-signature": signedBy(acme.secret, post) });
    expect(Number(post.headers["webhook-timestamp"])).toBe(Math.floor(nowMs / 1_000));
    expect(JSON.parse(post.body)).toMatchObject({
      type: "notices",
      data: { organization: { slug: acme.org.slug }, notices: [{ kind: "server_failing", server: { id: acme.jira.id, name: "Jira" }, changes: 1 }] },
    });
    expect(await acme.states("webhook")).toEqual(["sent"]);
  });

  test.each([
    ["answers 500", () => answer(500), "the webhook answered 500"],
    ["redirects", () => answer(302), "the webhook redirects elsewhere, which is not followed; enter the address it redirects to"],
    ["is not there", () => webhook.stop(), "nothing answers at the webhook's address"],
  ])("that %s is tried again with the same id and body, and mail goes on", async (_, breaks, problem) => {
    const acme = await aHooked();
    await acme.fails();
    await breaks();
    await deliver("webhook");
    await deliver("mail");
    expect([await acme.states("webhook"), await acme.states("mail")]).toEqual([["waiting"], ["sent"]]);
    expect((await acme.settings()).webhook).toMatchObject({ problem, waiting: 1, attempts: 1 });
    if (problem.startsWith("nothing")) await webhook.start();
    webhook.answers = 200;
    later(1);
    await deliver("webhook");
    expect(await acme.states("webhook")).toEqual(["sent"]);
    const ids = new Set(webhook.posted.map(({ headers, body }) => `${headers["webhook-id"]} ${body}`));
    expect(ids.size).toBe(1);
    for (const post of webhook.posted) expect(post.headers["webhook-signature"]).toBe(signedBy(acme.secret, post));
  });

  test("what happens while it is down travels together afterwards, the oldest first", async () => {
    const acme = await aHooked();
    await acme.fails();
    webhook.answers = 500;
    await deliver("webhook");
    await acme.recovers();
    await acme.fails(acme.figma);
    webhook.answers = 200;
    for (let n = 0; n < 3; n++) {
      later(2);
      await deliver("webhook");
    }
    const kinds = webhook.posted.map(({ body }) => JSON.parse(body).data.notices.map(({ kind }: { kind: string }) => kind));
    expect(kinds).toEqual([["server_failing"], ["server_failing"], ["server_well", "server_failing"]]);
  });

  test("is posted to by one instance at a time; one that dies leaves it to the next", async () => {
    const acme = await aHooked();
    await acme.fails();
    await Promise.all([deliver("webhook"), deliver("webhook"), deliver("webhook")]);
    expect(webhook.posted).toHaveLength(1);
    await acme.recovers();
    later(2);
    const taken = await takeBatch(db, acme.org.id, "webhook", clock());
    await deliver("webhook");
    expect(webhook.posted).toHaveLength(1);
    later(3);
    await deliver("webhook");
    expect(webhook.posted[1]?.headers["webhook-id"]).toBe(taken?.id);
  });

  test("gets a new secret when asked, and the one before signs too for a day", async () => {
    const acme = await aHooked();
    const { secret } = await rotateWebhookSecret(acme.ctx());
    await acme.fails();
    await deliver("webhook");
    const [during] = webhook.posted;
    expect(during?.headers["webhook-signature"]).toBe(during && `${signedBy(secret, during)} ${signedBy(acme.secret, during)}`);
    later(25 * 60);
    await acme.recovers();
    await deliver("webhook");
    const [, after] = webhook.posted;
    expect(after?.headers["webhook-signature"]).toBe(after && signedBy(secret, after));
  });

  test("gets another secret with another address, and keeps it with the same", async () => {
    const acme = await aHooked();
    expect(await setWebhook(acme.ctx(), { url: webhook.url, enabled: true })).toEqual({ secret: null });
    const moved = await setWebhook(acme.ctx(), { url: `${webhook.url}/2`, enabled: true });
    expect(moved.secret).not.toBe(acme.secret);
    expect(await setWebhook(acme.ctx(), { url: "", enabled: true })).toEqual({ secret: null });
    expect((await acme.settings()).webhook).toBeNull();
    await acme.fails();
    expect(await acme.states("webhook")).toEqual([undefined]);
  });

  test("may not lead where the operator lets nobody go (UP-01)", async () => {
    const acme = await anAcme();
    for (const url of [
      "http://10.0.0.7/hook",
      "http://hooks.example.com/",
      "https://169.254.169.254/",
      "https://me:pw@hooks.example.com/",
      "ftp://x.example/",
    ]) {
      await expect(setWebhook(acme.ctx(), { url, enabled: true })).rejects.toMatchObject({ code: "invalid", field: "url" });
    }
  });

  test("can be tried out, and what waited goes at once when it answers again", async () => {
    const acme = await aHooked();
    await acme.fails();
    webhook.answers = 500;
    await expect(sendTestNotice(acme.ctx())).rejects.toMatchObject({ code: "upstream", message: "the webhook answered 500" });
    for (const _ of [1, 2, 3, 4]) {
      await deliver("webhook");
      later(10);
    }
    webhook.answers = 200;
    await deliver("webhook");
    expect(await acme.states("webhook")).toEqual(["sent"]);
    await sendTestNotice(acme.ctx());
    expect(JSON.parse(webhook.posted.at(-1)?.body ?? "")).toMatchObject({ type: "test", data: { organization: { name: "Acme" } } });
  });

  test("is nobody's to change who may not manage the organization, and its secret is on no record", async () => {
    const acme = await aHooked();
    const auditor = { ...acme.ctx(), actor: { ...acme.ctx().actor, role: "auditor" as const } };
    for (const attempt of [() => setWebhook(auditor, { url: "", enabled: false }), () => rotateWebhookSecret(auditor), () => sendTestNotice(auditor)]) {
      await expect(attempt()).rejects.toMatchObject({ code: "forbidden" });
    }
    const [row] = await db
      .select()
      .from(noticeChannels)
      .where(and(eq(noticeChannels.orgId, acme.org.id), eq(noticeChannels.channel, "webhook")));
    expect(row?.secret).toMatch(/^v1\./);
    expect(JSON.stringify(await acme.settings())).not.toContain(acme.secret);
  });
});

test("a webhook that hangs keeps neither another organization's webhook nor any mail waiting", async () => {
  const [slow, quick] = [await aHooked(), await aHooked()];
  const other = await startWebhook();
  await setWebhook(quick.ctx(), { url: other.url, enabled: true });
  webhook.answers = "hangs";
  await slow.fails();
  await quick.fails();
  const hanging = deliver("webhook");
  await deliver("mail");
  await expect.poll(() => other.posted.length, { timeout: 5_000 }).toBe(1);
  expect([await slow.states("mail"), await quick.states("mail")]).toEqual([["sent"], ["sent"]]);
  await hanging;
  expect((await slow.settings()).webhook).toMatchObject({ problem: "the webhook did not answer in time", waiting: 1 });
  await other.stop();
});
