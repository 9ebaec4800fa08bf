import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page, test } from "@playwright/test";
import { openDatabase } from "@/lib/db/open";
import { aShowroom } from "./support/showroom";
import { signIn } from "./support/person";
import { type Gatehouse, startGatehouse } from "./support/processes";

/**
 * Every page, on PostgreSQL, in both sizes and both themes: it answers, logs no error, does not scroll sideways, axe finds nothing
 * serious, and its picture lies in test-results/pages to be looked at.
 */
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const looks = [
  { name: "1440-light", viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  { name: "390-light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { name: "1440-dark", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  { name: "390-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
] as const;

let gatehouse: Gatehouse;
let world: Awaited<ReturnType<typeof aShowroom>>;

test.beforeAll(async () => {
  const admin = process.env.TEST_DATABASE_URL;
  if (!admin) throw new Error("the pages are tested on PostgreSQL: TEST_DATABASE_URL names one");
  const url = new URL(admin);
  url.pathname = `/pages_${Date.now()}`;
  const maker = await openDatabase({ url: admin, dataDir: "" });
  await maker.db.execute(`create database ${url.pathname.slice(1)}`);
  await maker.close();
  gatehouse = await startGatehouse({ env: { DATABASE_URL: url.href } });
  const opened = await openDatabase({ url: url.href, dataDir: "" });
  world = await aShowroom(opened.db, gatehouse.url);
  await opened.close();
});

test.afterAll(() => gatehouse?.stop());

const open = () => [
  "/",
  "/sign-in",
  "/sign-up",
  "/sign-up/sent",
  "/reset",
  "/no-such-page",
  `/connect/${world.org}/${world.portalSlug}`,
  `/connect/${world.org}/${world.portalSlug}?client=cursor`,
];
const signedIn = () => {
  const admin = `/admin/${world.org}`;
  const portal = `${admin}/portals/${world.portal}`;
  const server = `${admin}/servers/${world.server}`;
  return [
    ...["/admin", "/new", "/account", `/connect/${world.org}/${world.portalSlug}`],
    ...["", "/servers", "/servers/new", "/portals", "/portals/new", "/policies", "/policies/new", `/policies/${world.policy}`].map((path) => admin + path),
    ...[
      "/people",
      "/people/invitations",
      "/people/groups",
      `/people/groups/${world.group}`,
      "/people/groups/new",
      "/people/apps",
      `/people/apps?person=${world.person}`,
      "/people/apps?client=Cursor",
      "/people/blocked",
      "/people/invite",
      "/people/block",
      "/settings",
      "/settings/clients",
      "/settings/tokens",
      `/settings/tokens/${world.serviceToken}`,
      `/settings/tokens/${world.revokedToken}`,
      "/settings/tokens/new",
      "/settings/notices",
    ].map((path) => admin + path),
    ...["/activity", `/activity?call=${world.call}`, "/activity/sign-ins", "/activity/changes"].map((path) => admin + path),
    ...["/connections", "/settings"].map((path) => `${admin}/servers/${world.connected}${path}`),
    ...["", "/connections"].map((path) => `${admin}/servers/${world.sharedMissing}${path}`),
    `${admin}/servers/${world.sharedEnding}/connections`,
    ...[`?server=${world.unconnected}`, `?connected=${world.connected}`, `/${world.unconnected}`, `/${world.keyed}`].map(
      (rest) => `/connect/${world.org}/${world.portalSlug}${rest}`,
    ),
    ...["", `?capability=${world.changed}`, "/policies", "/portals", "/activity", "/settings"].map((path) => server + path),
    ...["", "/capabilities", "/policies", "/policies?email=bo@elsewhere.test", "/connect", "/doctor", "/activity", "/settings"].map((path) => portal + path),
    `${server}/doctor`,
    `${portal}/servers/add?server=${world.otherServer}`,
  ];
};

/** Pages that show what came of a button. */
const pressed = () => [
  { path: `/admin/${world.org}/portals/${world.portal}/doctor`, button: "Try them" },
  { path: `/admin/${world.org}/servers/${world.connected}/doctor`, button: "Look now" },
];

for (const look of looks) {
  // Small screens and the dark theme are looked at with `npm run test:full`.
  const tag = look.name === "1440-light" ? [] : ["@full"];
  test(`every page at ${look.name}`, { tag }, async ({ browser }) => {
    test.setTimeout(300_000);
    const context = await browser.newContext({ viewport: look.viewport, colorScheme: look.colorScheme, bypassCSP: false });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 404/.test(message.text())) problems.push(`${page.url()}: ${message.text().slice(0, 300)}`);
    });
    page.on("pageerror", (error) => problems.push(`${page.url()}: ${error.message}`));
    for (const path of open()) problems.push(...(await visit(page, path, look.name)));
    await page.goto(`${gatehouse.url}/sign-in`);
    await signIn(page, world.email);
    await expect(page).toHaveURL(/\/admin/);
    for (const path of signedIn()) problems.push(...(await visit(page, path, look.name)));
    for (const { path, button } of pressed()) problems.push(...(await visit(page, path, look.name, button)));
    await context.close();
    expect(problems).toEqual([]);
  });
}

/** A file's name: ids are told by what they are in the showroom. */
function pictureOf(path: string): string {
  const named = Object.entries(world).reduce((text, [name, id]) => (/^[a-z]{3}_[0-9a-z]{26}$/.test(id) ? text.replaceAll(id, name) : text), path);
  return named.replaceAll(/[^a-z0-9]+/gi, "-") || "front";
}

async function visit(page: Page, path: string, look: string, button?: string): Promise<string[]> {
  const response = await page.goto(gatehouse.url + path);
  await page.waitForLoadState("networkidle");
  if (button) {
    await page.getByRole("button", { name: button }).click();
    await expect(page.getByRole("region", { name: "What was found" })).toBeVisible({ timeout: 40_000 });
  }
  const folder = `test-results/pages/${look}`;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({
    path: `${folder}/${pictureOf(path)}${button ? "-pressed" : ""}.png`,
    fullPage: true,
  });
  const expected = path === "/no-such-page" ? 404 : 200;
  const problems = response?.status() === expected ? [] : [`${path} answered ${response?.status()}`];
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) problems.push(`${path} scrolls sideways by ${sideways} px`);
  // Through the debugger, so the page's own Content-Security-Policy stays in force.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  const result = await session.send("Runtime.evaluate", {
    expression: "axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations))",
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const violations: { id: string; impact: string; nodes: { html: string }[] }[] = JSON.parse(String(result.result.value ?? "[]"));
  for (const { id, impact, nodes } of violations) {
    if (impact === "serious" || impact === "critical") problems.push(`${path}: axe ${id} (${impact}): ${nodes[0]?.html.slice(0, 160)}`);
  }
  return problems;
}
