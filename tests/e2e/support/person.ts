import { expect, type Page } from "@playwright/test";
import type { Gatehouse } from "./processes";
import { until } from "./processes";

export const password = "correct horse battery staple";

/** Signs up in the browser and confirms the address through the mailed link. */
export async function signUp(page: Page, gatehouse: Gatehouse, email: string): Promise<void> {
  await page.goto(`${gatehouse.url}/sign-up`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(/sign-up\/sent/);
  await page.goto(await linkFor(gatehouse, email, "/verify/"));
  await page.getByRole("button", { name: "Confirm address" }).click();
  await expect(page).not.toHaveURL(/\/verify\//);
}

export async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** The newest link of a kind that was mailed to an address. */
export async function linkFor(gatehouse: Gatehouse, email: string, path: string): Promise<string> {
  const pattern = new RegExp(`${gatehouse.url}${path}\\S+`);
  const newest = () =>
    gatehouse
      .mails()
      .filter((mail) => mail.includes(email) && pattern.test(mail))
      .at(-1);
  await until(
    () => Boolean(newest()),
    10_000,
    () => `no mail with ${path} reached ${email}`,
  );
  return pattern.exec(newest() ?? "")?.[0] ?? "";
}

/** Consents in this page: signs in when asked, then allows. Returns when the client has its answer. */
export async function consent(page: Page, url: string, email: string): Promise<void> {
  await page.goto(url);
  if (await page.getByLabel("Password").isVisible()) await signIn(page, email);
  await expect(page.getByRole("button", { name: "Allow" })).toBeVisible();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL((current) => current.origin !== new URL(url).origin);
}
