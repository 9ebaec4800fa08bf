import { eq } from "drizzle-orm";
import { expect, test } from "@playwright/test";
import { organizations, servers } from "@/drizzle/schema";
import { openDatabase } from "@/lib/db/open";
import { newId } from "@/lib/ids";
import { startSmtp } from "../support/smtp";
import { startWebhook } from "../support/webhook";
import { signUp } from "./support/person";
import { type Gatehouse, startGatehouse } from "./support/processes";

/** Who is told of a server that fails, from the form to the mailbox and the webhook, by the running product; without JavaScript. */
const admin = "ana@acme.test";
let gatehouse: Gatehouse;
let database: string;
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let webhook: Awaited<ReturnType<typeof startWebhook>>;

test.beforeAll(async () => {
  const given = process.env.TEST_DATABASE_URL;
  if (!given) throw new Error("this is tested on PostgreSQL: TEST_DATABASE_URL names one");
  const url = new URL(given);
  url.pathname = `/notices_${Date.now()}`;
  database = url.href;
  const maker = await openDatabase({ url: given, dataDir: "" });
  await maker.db.execute(`create database ${url.pathname.slice(1)}`);
  await maker.close();
  [smtp, webhook] = await Promise.all([startSmtp(), startWebhook()]);
  gatehouse = await startGatehouse({ env: { DATABASE_URL: database, SMTP_URL: smtp.url } });
});

test.afterAll(async () => {
  await gatehouse?.stop();
  await Promise.all([smtp?.stop(), webhook?.stop()]);
});

test("an admin sets a webhook, tries it out, and hears of a server whose credential is refused", async ({ browser }) => {
  const scripted = await browser.newPage();
  const mails = { ...gatehouse, mails: () => smtp.mails.map(({ to, text }) => `${to}\n${plain(text)}`) };
  await signUp(scripted, mails, admin);
  await scripted.goto(`${gatehouse.url}/new`);
  await scripted.getByLabel("Name").fill("Acme");
  await expect(scripted.getByLabel("Address")).toHaveValue("acme");
  await scripted.getByRole("button", { name: "Create organization" }).click();
  await expect(scripted).toHaveURL(`${gatehouse.url}/admin/acme`);
  const { cookies } = await scripted.context().storageState();

  const context = await browser.newContext({ javaScriptEnabled: false });
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(`${gatehouse.url}/admin/acme/settings/notices`);
  await expect(page.getByText("Nothing so far")).toBeVisible();
  const form = page.getByRole("form", { name: "Webhook" });
  await form.getByLabel("URL").fill("http://10.0.0.7/hook");
  await form.getByRole("button", { name: "Save webhook" }).click();
  await expect(form.getByLabel("URL")).toHaveValue("http://10.0.0.7/hook");
  await expect(form.getByText("Plain http is allowed only for addresses the operator has listed")).toBeVisible();
  await form.getByLabel("URL").fill(webhook.url);
  await form.getByRole("button", { name: "Save webhook" }).click();
  await expect(page.getByText(/^whsec_/)).toBeVisible();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test has arrived.")).toBeVisible();
  expect(JSON.parse(webhook.posted[0]?.body ?? "")).toMatchObject({ type: "test" });
  await page.goto(`${gatehouse.url}/admin/acme/settings/notices`);
  await expect(page.getByText(/^whsec_/)).toHaveCount(0);

  webhook.answers = 500;
  await aRefusedServer();
  await expect.poll(() => smtp.mails.some(({ text }) => text.includes("Acme: Jira cannot be synchronised")), { timeout: 90_000 }).toBe(true);
  await expect.poll(() => webhook.posted.length, { timeout: 60_000 }).toBeGreaterThan(1);
  await expect(async () => {
    await page.goto(`${gatehouse.url}/admin/acme/settings/notices`);
    await expect(page.getByText("The webhook answered 500.")).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  const row = page.getByRole("row", { name: /Jira cannot be synchronised/ });
  await expect(row).toContainText("sent");
  await expect(row).toContainText("waits");
});

async function aRefusedServer(): Promise<void> {
  const { db, close } = await openDatabase({ url: database, dataDir: "" });
  const [org] = await db.select({ id: organizations.id }).from(organizations).where(eq(organizations.slug, "acme"));
  const later = new Date(Date.now() + 3_600_000);
  const refused = { status: "stale" as const, errorCause: "unauthorized", errorMessage: "the server wants another credential (401)", nextSyncAt: later };
  await db.insert(servers).values({ id: newId("srv"), orgId: org?.id ?? "", slug: "jira", name: "Jira", url: "https://jira.example/mcp", ...refused });
  await close();
}

/** Quoted-printable, as long lines are mailed. */
const plain = (text: string) => text.replaceAll("=\n", "").replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
