import { type Browser, expect, type Page, test } from "@playwright/test";
import { oldClient } from "./support/clients";
import { consent, signUp } from "./support/person";
import { type Gatehouse, startGatehouse } from "./support/processes";
import { type ProtectedServer, startProtectedServer } from "./support/protected-server";

/** A server behind OAuth, from the admin who adds it to the employee who connects an account of their own. */
test.describe.configure({ mode: "serial" });

const admin = "ana@acme.test";
const employee = "bo@acme.test";
let gatehouse: Gatehouse;
let server: ProtectedServer;
let page: Page;
let theirs: Page;
const url = () => `${gatehouse.url}/mcp/acme/eng`;
const connectUrl = () => `${gatehouse.url}/connect/acme/eng`;

test.beforeAll(async ({ browser }) => {
  [gatehouse, server] = await Promise.all([startGatehouse(), startProtectedServer(["robot", "bo"])]);
  [page, theirs] = [await aPage(browser), await aPage(browser)];
});

test.afterAll(async () => {
  await gatehouse?.stop();
  await server?.stop();
});

test("the admin adds the server, sees the callback and what is found, and connects the shared account", async () => {
  await signUp(page, gatehouse, admin);
  await page.goto(`${gatehouse.url}/new`);
  await page.getByLabel("Name").fill("Acme");
  await expect(page.getByLabel("Address")).toHaveValue("acme");
  await page.getByRole("button", { name: "Create organization" }).click();
  await expect(page).toHaveURL(`${gatehouse.url}/admin/acme`);

  await page.goto(`${gatehouse.url}/admin/acme/servers/new`);
  await page.getByLabel("URL", { exact: true }).fill(server.url);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Tracker");
  await page.getByLabel("Authentication").selectOption("oauth");
  await expect(page.getByText(`${gatehouse.url}/oauth/upstream/callback`)).toBeVisible();
  await page.getByRole("button", { name: "Discover" }).click();
  await expect(page.getByText("Gatehouse registers itself there")).toBeVisible();
  await page.getByRole("button", { name: "Add server" }).click();

  await expect(page).toHaveURL(/\/servers\/srv_[0-9a-z]+\/connections$/);
  await page.getByRole("button", { name: "Connect the shared account" }).click();
  await expect(page.getByRole("main").getByText(server.host).first()).toBeVisible();
  await page.getByRole("link", { name: `Continue to ${server.host}` }).click();
  await page.getByRole("link", { name: "Allow as robot" }).click();
  await expect(page.getByText("The shared account is connected.")).toBeVisible();
  await expect(page.getByText("whoami").first()).toBeVisible({ timeout: 30_000 });
});

test("the doctor sees the whole way to the server, and finds nothing wrong", async () => {
  await page.goto(page.url().replace(/(srv_[0-9a-z]+).*$/, "$1/doctor"));
  await page.getByRole("button", { name: "Look now" }).click();
  const found = page.getByRole("region", { name: "What was found" });
  await expect(found.getByText("It speaks MCP")).toBeVisible({ timeout: 40_000 });
  await expect(found.getByText("failed", { exact: true })).toHaveCount(0);
});

test("in the portal the admin chooses that each person uses their own", async () => {
  await page.goto(`${gatehouse.url}/admin/acme/portals/new`);
  await page.getByLabel("Name").fill("Engineering");
  await expect(page.getByLabel("Address")).toHaveValue("engineering");
  await page.getByLabel("Address").fill("eng");
  await page.getByRole("button", { name: "Create portal" }).click();
  await expect(page.getByText(url()).first()).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Tracker" }).first().click();
  await page.getByRole("button", { name: "Add to portal" }).click();
  await expect(page).toHaveURL(/\/portals\/ptl_[0-9a-z]+$/);
  const portal = page.url();
  await page.getByText("Account: shared by everyone").click();
  await page.getByRole("radio", { name: "each person’s own" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Account: each person’s own")).toBeVisible();
  await page.goto(`${portal}/policies`);
  await page.getByLabel("Let in people at").fill("acme.test");
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(page.getByText(/acme\.test/).first()).toBeVisible();
});

test("without script the doctor lets three apps in and out again, and the record says that it was the doctor", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() });
  const plain = await context.newPage();
  await plain.goto(page.url().replace(/(ptl_[0-9a-z]+).*$/, "$1/doctor"));
  for (const name of ["Claude Connects", "Claude Code Connects", "ChatGPT Connects"]) await plain.getByRole("checkbox", { name }).uncheck();
  await plain.getByRole("button", { name: "Try them" }).click();
  const found = plain.getByRole("region", { name: "What was found" });
  await expect(found.getByText("fails at")).toHaveCount(0);
  for (const name of ["Cursor", "VS Code", "MCP Inspector"]) await expect(found.getByRole("heading", { name })).toBeVisible();
  await found.getByText("Cursor", { exact: true }).click();
  await found.getByRole("link", { name: /^ref_/ }).first().click();
  await expect(plain.getByText("Cursor (OAuth doctor)").first()).toBeVisible();
  await expect(plain.getByRole("row")).toHaveCount(5);
  await context.close();
});

test("a tool asks the employee for an account, and the link leads to it", async () => {
  await signUp(theirs, gatehouse, employee);
  const session = await oldClient(url(), (address) => consent(theirs, address, employee));
  const refused = await session.callTool("whoami", {});
  const link = /https?:\S+\/connect\/acme\/eng\S+/.exec(refused.text)?.[0] ?? "";
  expect(link).toContain("server=srv_");

  // Another person who opens it is told so, and is not led on.
  await page.goto(link);
  await expect(page.getByText("made for another person")).toBeVisible();

  await theirs.goto(link);
  await expect(theirs.getByText("0 of 1 account connected")).toBeVisible();
  await expect(theirs.getByText("A tool of Tracker waits for this.")).toBeVisible();
  await theirs.getByRole("link", { name: "Connect Tracker" }).click();
  await expect(theirs.getByRole("heading", { name: "Connect Tracker" })).toBeVisible();
  await theirs.getByRole("link", { name: `Continue to ${server.host}` }).click();
  await theirs.getByRole("link", { name: "Allow as bo" }).click();

  await expect(theirs.getByText("Connected to Tracker.")).toBeVisible();
  await expect(theirs.getByText("1 of 1 account connected")).toBeVisible();
  expect((await session.callTool("whoami", {})).text).toBe("bo");
  await session.close();
});

test("the admin sees who is connected, and the employee disconnects again", async () => {
  await page.goto(`${gatehouse.url}/admin/acme/servers`);
  await page.getByRole("link", { name: "Tracker" }).click();
  await page.getByRole("link", { name: "Connections" }).click();
  await expect(page.getByRole("row", { name: new RegExp(employee) })).toContainText("connected");

  await theirs.goto(connectUrl());
  await theirs.getByRole("button", { name: "Disconnect Tracker" }).click();
  await theirs.getByRole("dialog").getByRole("button", { name: "Disconnect Tracker" }).click();
  await expect(theirs.getByText("0 of 1 account connected")).toBeVisible();
  expect(server.revoked).toEqual(["bo"]);
});

test("connecting works without JavaScript too", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: await theirs.context().storageState() });
  const plain = await context.newPage();
  await plain.goto(connectUrl());
  await plain.getByRole("link", { name: "Connect Tracker" }).click();
  await plain.getByRole("button", { name: "Find out where to sign in" }).click();
  await plain.getByRole("link", { name: `Continue to ${server.host}` }).click();
  await plain.getByRole("link", { name: "Allow as bo" }).click();
  await expect(plain.getByText("Connected to Tracker.")).toBeVisible();
  await context.close();
});

test("what the provider ends, and what a tool wants beyond it, stands on both pages until the account is connected again", async () => {
  const session = await oldClient(url(), (address) => consent(theirs, address, employee));
  const says = async (mine: RegExp, admins: RegExp) => {
    await theirs.goto(connectUrl());
    await expect(theirs.getByText(mine)).toBeVisible();
    await page.goto(`${gatehouse.url}/admin/acme/servers`);
    await page.getByRole("link", { name: "Tracker" }).click();
    await page.getByRole("link", { name: "Connections" }).click();
    const row = page.getByRole("row", { name: new RegExp(employee) });
    await expect(row).toContainText("reconnect needed");
    await expect(row).toContainText(admins);
  };
  const reconnect = async () => {
    await theirs.getByRole("link", { name: "Reconnect Tracker" }).click();
    await theirs.getByRole("link", { name: `Continue to ${server.host}` }).click();
    await theirs.getByRole("link", { name: "Allow as bo" }).click();
    await expect(theirs.getByText("Connected to Tracker.")).toBeVisible();
    expect((await session.callTool("whoami", {})).text).toBe("bo");
  };
  server.end();
  expect((await session.callTool("whoami", {})).text).toContain("connect your account again");
  await says(/connection has ended; connect it again/, /has to be connected again/);
  await reconnect();
  server.wantsMore = true;
  expect((await session.callTool("whoami", {})).text).toContain("needs more permissions");
  server.wantsMore = false;
  await says(/wants more permissions than your account was connected with/, /wants more permissions/);
  await reconnect();
  await session.close();
});

test("whoever is signed out signs in on the way to an app, and can allow it", async ({ browser }) => {
  const fresh = await aPage(browser);
  const session = await oldClient(url(), (address) => consent(fresh, address, employee));
  expect(await session.listTools()).toEqual(["whoami"]);
  await session.close();
});

test("without a session the link asks to sign in first and comes back with its query", async ({ browser }) => {
  const fresh = await aPage(browser);
  await fresh.goto(`${connectUrl()}?server=srv_00000000000000000000000000`);
  await expect(fresh).toHaveURL(/\/sign-in\?next=%2Fconnect%2Facme%2Feng%3Fserver%3Dsrv_/);
});

async function aPage(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}
