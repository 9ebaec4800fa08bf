import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, type Page, test } from "@playwright/test";
import { password, signUp } from "./support/person";
import { type Gatehouse, startEverything, startGatehouse } from "./support/processes";

/** A machine's way in, from the form that makes a service token to a call with the very commands that the page shows. */
test.describe.configure({ mode: "serial" });

const admin = "ana@acme.test";
let gatehouse: Gatehouse;
let everything: Awaited<ReturnType<typeof startEverything>>;
let page: Page;
let portal = "";
const tokens = () => `${gatehouse.url}/admin/acme/settings/tokens`;

test.beforeAll(async ({ browser }) => {
  [gatehouse, everything] = await Promise.all([startGatehouse(), startEverything()]);
  page = await (await browser.newContext()).newPage();
});

test.afterAll(async () => {
  await gatehouse?.stop();
  await everything?.stop();
});

test("a portal that nobody may enter yet, with one server", async () => {
  await signUp(page, gatehouse, admin);
  await page.goto(`${gatehouse.url}/new`);
  await page.getByLabel("Name").fill("Acme");
  await expect(page.getByLabel("Address")).toHaveValue("acme");
  await page.getByRole("button", { name: "Create organization" }).click();
  await expect(page).toHaveURL(`${gatehouse.url}/admin/acme`);
  await page.goto(`${tokens()}/new`);
  await expect(page.getByText("No portals yet")).toBeVisible();

  await page.goto(`${gatehouse.url}/admin/acme/servers/new`);
  await page.getByLabel("URL", { exact: true }).fill(everything.url);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Everything");
  await page.getByRole("button", { name: "Add server" }).click();
  await expect(page.getByText("get-sum").first()).toBeVisible({ timeout: 30_000 });
  await page.goto(`${gatehouse.url}/admin/acme/portals/new`);
  await page.getByLabel("Name").fill("Engineering");
  await expect(page.getByLabel("Address")).toHaveValue("engineering");
  await page.getByRole("button", { name: "Create portal" }).click();
  await page.getByRole("main").getByRole("link", { name: "Everything" }).first().click();
  await page.getByRole("button", { name: "Add to portal" }).click();
  await expect(page).toHaveURL(/\/portals\/ptl_[0-9a-z]+$/);
  portal = page.url();
});

test("the form says what is missing and keeps what was typed", async () => {
  await page.goto(tokens());
  await expect(page.getByText("No service tokens")).toBeVisible();
  await page.getByRole("link", { name: "Create service token" }).click();
  await page.getByLabel("Name").fill("ana@acme.test");
  await page.getByLabel("Engineering").uncheck();
  await page.getByRole("button", { name: "Create service token" }).click();
  await expect(page.getByText("Choose at least one portal")).toBeVisible();
  await expect(page.getByText("would look like a person")).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("ana@acme.test");
});

test("the secret is shown once, and the commands beside it fetch a token and call the portal", async () => {
  await page.getByLabel("Name").fill("Nightly report");
  await page.getByLabel("Engineering").check();
  await page.getByRole("button", { name: "Create service token" }).click();
  await expect(page.getByText("shown this once")).toBeVisible();
  const secret = (await page.getByText(/^ghs_/).textContent()) ?? "";
  const [fetching = "", calling = ""] = await page.locator("pre").allInnerTexts();
  const { access_token } = JSON.parse(await shell(fetching)) as { access_token: string };
  expect(await shell(calling, access_token)).toContain('"get-sum"');
  await page.getByRole("link", { name: "I have copied it" }).click();
  await expect(page.getByRole("row", { name: /Nightly report.*active.*Engineering/ })).toBeVisible();
  expect(await page.content()).not.toContain(secret);
  await page.goto(`${portal}/connect`);
  await expect(page.getByRole("link", { name: "Nightly report" })).toBeVisible();
  await page.goto(`${gatehouse.url}/admin/acme/activity/sign-ins`);
  await expect(page.getByRole("row", { name: /Tokens issued.*Nightly report.*Service token/ })).toBeVisible();
});

test("without JavaScript: a token is made, gets a new secret, and is revoked", async ({ browser }) => {
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto(`${gatehouse.url}/sign-in?next=${encodeURIComponent("/admin/acme/settings/tokens/new")}`);
  await plain.getByLabel("E-mail").fill(admin);
  await plain.getByLabel("Password").fill(password);
  await plain.getByRole("button", { name: "Sign in", exact: true }).click();
  await plain.getByLabel("Name").fill("By hand");
  const answered = plain.waitForResponse((response) => response.request().method() === "POST");
  await plain.getByRole("button", { name: "Create service token" }).click();
  expect((await answered).headers()["cache-control"]).toContain("no-store");
  await expect(plain.getByText("shown this once")).toBeVisible();
  const [first = ""] = await plain.locator("pre").allInnerTexts();
  await plain.getByRole("link", { name: "I have copied it" }).click();
  await plain.getByRole("link", { name: "By hand" }).click();

  await plain.getByLabel("Ends now").check();
  await plain.getByRole("button", { name: "Make a new secret" }).click();
  await expect(plain.getByText("shown this once")).toBeVisible();
  const [second = ""] = await plain.locator("pre").allInnerTexts();
  expect(await shell(first)).toContain("invalid_client");
  expect(await shell(second)).toContain("access_token");

  await plain.locator("summary", { hasText: "Revoke" }).click();
  await plain.getByRole("button", { name: "Revoke" }).click();
  await plain.goto(tokens());
  await expect(plain.getByRole("row", { name: /By hand.*revoked/ })).toBeVisible();
  expect(await shell(second)).toContain("is revoked");
});

/** Runs what a page says to run. */
async function shell(command: string, token = ""): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-c", command], { env: { ...process.env, ACCESS_TOKEN: token }, timeout: 30_000 });
  return stdout;
}
