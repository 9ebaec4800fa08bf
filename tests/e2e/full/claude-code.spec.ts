import { expect, test } from "@playwright/test";
import { aHome, clientBin } from "../support/clients";
import { consent, signUp } from "../support/person";
import { launch, startEverything, startGatehouse, stop, until } from "../support/processes";

/** Claude Code's own command line: adds the portal, signs in through the browser, and finds it connected. */
test("Claude Code signs in and is connected", async ({ page }) => {
  const email = "ana@acme.test";
  // Offline its metadata document cannot be fetched; with CIMD off it registers itself, as it does where nobody advertises CIMD.
  const [gatehouse, everything] = await Promise.all([startGatehouse({ env: { OAUTH_CIMD: "off" } }), startEverything()]);
  try {
    await signUp(page, gatehouse, email);
    await page.goto(`${gatehouse.url}/new`);
    await page.getByLabel("Name").fill("Acme");
    await page.getByRole("button", { name: "Create organization" }).click();
    await page.goto(`${gatehouse.url}/admin/acme/servers/new`);
    await page.getByLabel("URL").fill(everything.url);
    await page.getByLabel("URL").blur();
    await expect(page.getByText(/speaks MCP/i)).toBeVisible();
    await page.getByLabel("Name", { exact: true }).fill("Everything");
    await page.getByRole("button", { name: "Add server" }).click();
    await expect(page.getByText("get-sum").first()).toBeVisible();
    await page.goto(`${gatehouse.url}/admin/acme/portals/new`);
    await page.getByLabel("Name").fill("Eng");
    await page.getByRole("button", { name: "Create portal" }).click();
    await expect(page).toHaveURL(/\/portals\/ptl_[0-9a-z]+$/);
    const portal = page.url();
    await page.getByRole("main").getByRole("link", { name: "Everything" }).first().click();
    await page.getByRole("button", { name: "Add to portal" }).click();
    await page.goto(`${portal}/policies`);
    await page.getByLabel("Let in people at").fill("acme.test");
    await page.getByRole("button", { name: "Allow", exact: true }).click();
    await expect(page.getByText(/acme\.test/).first()).toBeVisible();

    const home = aHome();
    const env = { ...process.env, ...home.env };
    const claude = async (args: string) => {
      const { child, output } = launch("script", ["-qec", `${clientBin("claude")} ${args}`, "/dev/null"], env, home.dir);
      return {
        child,
        output,
        ended: () =>
          until(
            () => child.exitCode !== null,
            60_000,
            () => `claude ${args} did not end:\n${output()}`,
          ),
      };
    };
    await (await claude(`mcp add --transport http portal ${gatehouse.url}/mcp/acme/eng`)).ended();
    const before = await claude("mcp list");
    await before.ended();
    expect(plain(before.output())).toContain("Needsauthentication");
    const login = await claude("mcp login portal");
    await until(
      () => Boolean(home.opened()),
      60_000,
      () => `claude opened no browser:\n${login.output()}`,
    );
    await consent(page, home.opened() ?? "", email);
    await login.ended();
    const after = await claude("mcp list");
    await after.ended();
    expect(plain(after.output())).toContain("Connected");
    for (const { child } of [before, login, after]) await stop(child, "SIGKILL");
  } finally {
    await gatehouse.stop();
    await everything.stop();
  }
});

/** What a terminal shows, without the codes that move its cursor and the spaces it draws with them. */
const plain = (output: string) => output.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replace(/\s+/g, "");
