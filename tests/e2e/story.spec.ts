import { type Browser, expect, type Page, test } from "@playwright/test";
import { inspector, mcpRemote, modernClient, oldClient, type Session } from "./support/clients";
import { consent, linkFor, password, signUp } from "./support/person";
import { type Gatehouse, type Mount, startEverything, startGatehouse, startModernServer } from "./support/processes";

/** From an empty installation to calls on record, as a founder and their colleague live it; once for each mount of the gateway. */
for (const mount of ["fast lane", "route handler"] as const satisfies Mount[]) {
  test.describe(mount, () => {
    test.describe.configure({ mode: "serial" });
    const founder = "ana@acme.test";
    const stranger = "eve@elsewhere.test";
    const started: { stop(): Promise<unknown> }[] = [];
    let gatehouse: Gatehouse;
    let everything: Awaited<ReturnType<typeof startEverything>>;
    let modern: Awaited<ReturnType<typeof startModernServer>>;
    let page: Page;
    let url = "";

    test.beforeAll(async ({ browser }) => {
      gatehouse = await startGatehouse({ mount });
      everything = await startEverything();
      modern = await startModernServer();
      started.push(gatehouse, everything, modern);
      page = await aBrowserOf(browser);
    });

    test.afterAll(async () => {
      await page?.close();
      for (const process of started.reverse()) await process.stop();
    });

    test("a founder signs up, confirms the address and creates an organization", async () => {
      await signUp(page, gatehouse, founder);
      await page.goto(`${gatehouse.url}/new`);
      await page.getByLabel("Name").fill("Acme");
      await expect(page.getByLabel("Address")).toHaveValue("acme");
      await page.getByRole("button", { name: "Create organization" }).click();
      await expect(page).toHaveURL(`${gatehouse.url}/admin/acme`);
      await expect(page.getByText("steps to your first tool call")).toBeVisible();
    });

    test("adding a server probes it, then synchronises what it offers", async () => {
      await addServer(page, `${gatehouse.url}/admin/acme/servers/new`, everything.url, "Everything");
      await expect(page.getByText("Ready").first()).toBeVisible({ timeout: 30_000 });
      await expect(page.getByText("get-sum").first()).toBeVisible();
    });

    test("a portal gets the server with everything ticked, and one tool is switched off", async () => {
      await page.goto(`${gatehouse.url}/admin/acme/portals/new`);
      await page.getByLabel("Name").fill("Engineering");
      await expect(page.getByLabel("Address")).toHaveValue("engineering");
      await page.getByLabel("Address").fill("eng");
      await page.getByRole("button", { name: "Create portal" }).click();
      await expect(page.getByText(`${gatehouse.url}/mcp/acme/eng`).first()).toBeVisible();
      url = `${gatehouse.url}/mcp/acme/eng`;
      await page.getByRole("main").getByRole("link", { name: "Everything" }).first().click();
      await page.getByRole("button", { name: "Add to portal" }).click();
      await expect(page).toHaveURL(/\/portals\/ptl_[0-9a-z]+$/);
      await page.goto(`${page.url()}/capabilities`);
      const toggle = page.getByRole("switch", { name: "get-env", exact: true });
      await expect(toggle).toBeChecked();
      await toggle.click();
      await expect(page.getByText("Saved").first()).toBeVisible();
      await page.reload();
      await expect(page.getByRole("switch", { name: "get-env", exact: true })).not.toBeChecked();
    });

    test("a policy lets in people at acme.test, and checking a person says which rule decided", async () => {
      await page.goto(page.url().replace(/capabilities.*/, "policies"));
      await page.getByLabel("Let in people at").fill("acme.test");
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      await expect(page.getByText(/acme\.test/).first()).toBeVisible();
      await page.locator('input[name="email"]').fill(stranger);
      await page.getByRole("button", { name: "Check" }).click();
      await expect(page.getByText(/no policy/i).first()).toBeVisible();
    });

    test("the v2 SDK client on 2026-07-28 signs in and works", async () => {
      await works(await modernClient(url, (link) => consent(page, link, founder)));
    });

    test("the v1 SDK client on 2025-11-25 signs in and works", async () => {
      await works(await oldClient(url, (link) => consent(page, link, founder)));
    });

    test("mcp-remote signs in and works", async () => {
      await works(await mcpRemote(url, (link) => consent(page, link, founder)));
    });

    test("the Inspector's command line signs in and works", async () => {
      const run = inspector(url, (link) => consent(page, link, founder));
      const tools = await run("--method", "tools/list");
      expect(tools).toContain('"echo"');
      expect(tools).not.toContain('"get-env"');
      expect(await run("--method", "tools/call", "--tool-name", "get-sum", "--tool-arg", "a=2", "--tool-arg", "b=40")).toContain("42");
      expect(await run("--method", "prompts/get", "--prompt-name", "simple-prompt")).toContain("messages");
    });

    test("a person outside the policy is refused with a page that says so", async ({ browser }) => {
      const other = await aBrowserOf(browser);
      await signUp(other, gatehouse, stranger);
      await other.goto(`${gatehouse.url}/connect/acme/eng`);
      await expect(other.getByText("No policy of this portal includes this account.").first()).toBeVisible();
      const refused = modernClient(url, async (link) => {
        await other.goto(link);
        await expect(other.getByRole("heading", { name: "Engineering does not admit you" })).toBeVisible();
        await expect(other.getByRole("button", { name: "Allow" })).toHaveCount(0);
        await other.getByRole("button", { name: "Back to the app" }).click();
      });
      await expect(refused).rejects.toMatchObject({ code: "access_denied" });
      await other.close();
    });

    test("two servers of different kinds work at once; killing one leaves the other, and the portal says which is down", async () => {
      await addServer(page, `${gatehouse.url}/admin/acme/servers/new`, modern.url, "Modern");
      await expect(page.getByText("Ready").first()).toBeVisible({ timeout: 30_000 });
      await page.goto(`${gatehouse.url}/admin/acme/portals`);
      await page.getByRole("link", { name: "Engineering" }).first().click();
      await expect(page).toHaveURL(/\/portals\/ptl_[0-9a-z]+$/);
      const portalUrl = page.url();
      await page.getByRole("main").getByRole("link", { name: "Modern" }).first().click();
      await page.getByRole("button", { name: "Add to portal" }).click();
      const client = await oldClient(url, (link) => consent(page, link, founder));
      expect(await client.listTools()).toEqual(expect.arrayContaining(["echo", "modern_echo"]));
      expect((await client.callTool("modern_echo", { message: "new era" })).text).toContain("new era");
      await modern.stop();
      const down = await client.callTool("modern_echo", { message: "anyone" });
      expect(down.isError).toBe(true);
      expect(down.text).toContain("Modern");
      expect((await client.callTool("echo", { message: "still here" })).text).toContain("still here");
      await client.close();
      await page.goto(`${gatehouse.url}/admin/acme/servers`);
      await page.getByRole("link", { name: "Modern" }).first().click();
      await page.getByRole("button", { name: "Synchronise" }).first().click();
      await expect(page.getByText(/nothing answers at the server/i).first()).toBeVisible({ timeout: 30_000 });
      await page.goto(portalUrl);
      await expect(page.getByText(/not answering/i).first()).toBeVisible();
    });

    test("every call, sign-in and change is in Activity", async () => {
      await page.goto(`${gatehouse.url}/admin/acme/activity?q=get-sum`);
      await expect(page.getByRole("cell", { name: /get-sum/ }).first()).toBeVisible();
      await page.goto(`${gatehouse.url}/admin/acme/activity?q=get-env`);
      await expect(page.getByRole("cell", { name: /get-env/ }).first()).toBeVisible();
      await page.goto(`${gatehouse.url}/admin/acme/activity/sign-ins`);
      await expect(page.getByText(stranger).first()).toBeVisible();
      await expect(page.getByText(founder).first()).toBeVisible();
      await page.goto(`${gatehouse.url}/admin/acme/activity/changes`);
      for (const name of ["Everything", "Engineering"]) await expect(page.getByRole("cell", { name, exact: true }).first()).toBeVisible();
    });

    test("revoking an app on the employee's page ends its access at once", async () => {
      const client = await oldClient(url, (link) => consent(page, link, founder));
      await client.callTool("echo", { message: "before" });
      await page.goto(`${gatehouse.url}/connect/acme/eng`);
      await page.getByRole("button", { name: "Sign out everywhere" }).first().click();
      await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
      await expect
        .poll(() =>
          client.callTool("echo", { message: "after" }).then(
            () => "answered",
            () => "refused",
          ),
        )
        .toBe("refused");
      await client.close().catch(() => {});
    });

    test("a forgotten password is set anew through a link that works once", async ({ browser }) => {
      const other = await aBrowserOf(browser);
      await other.goto(`${gatehouse.url}/reset`);
      await other.getByLabel("E-mail").fill(stranger);
      await other.getByRole("button", { name: "Send link" }).click();
      const link = await linkFor(gatehouse, stranger, "/reset/");
      await other.goto(link);
      await other.getByRole("textbox", { name: "New password" }).fill(`${password} again`);
      await other.getByRole("button", { name: "Set password" }).click();
      await expect(other).not.toHaveURL(/\/reset\/[^/]{10}/);
      await other.goto(link);
      await expect(other.getByRole("button", { name: "Set password" })).toHaveCount(0);
      await other.close();
    });
  });
}

async function aBrowserOf(browser: Browser): Promise<Page> {
  const context = await browser.newContext();
  return context.newPage();
}

async function addServer(page: Page, address: string, url: string, name: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel("URL").fill(url);
  await page.getByLabel("URL").blur();
  await expect(page.getByText(/speaks MCP/i)).toBeVisible({ timeout: 30_000 });
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Add server" }).click();
  await expect(page).toHaveURL(/\/servers\/srv_/);
}

/** Lists, calls `echo` and `get-sum`, gets a prompt, reads a resource; the switched-off tool is missing and refused. */
async function works(client: Session): Promise<void> {
  const tools = await client.listTools();
  expect(tools).toEqual(expect.arrayContaining(["echo", "get-sum"]));
  expect(tools).not.toContain("get-env");
  expect((await client.callTool("echo", { message: "hello gate" })).text).toContain("hello gate");
  expect((await client.callTool("get-sum", { a: 2, b: 40 })).text).toContain("42");
  expect(await client.getPrompt("simple-prompt")).toContain("content");
  const [resource] = await client.listResources();
  expect(await client.readResource(resource ?? "")).toContain(resource ?? "no resource");
  await expect(client.callTool("get-env", {})).rejects.toThrow();
  await client.close();
}
