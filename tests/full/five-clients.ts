// Five clients as people have them, against the built product: each finds the portal by its URL, signs in through a browser, and calls a
// tool. Prints what each did; a client that does not get through makes the exit code 1. `--only=Codex` runs one.
import { chromium } from "@playwright/test";
import { and, asc, eq } from "drizzle-orm";
import { calls } from "../../drizzle/schema";
import { openDatabase } from "../../lib/db/open";
import { aStageOver } from "../conformance/stage";
import { consent } from "../e2e/support/person";
import { startUpstream } from "../support/upstream";
import { fiveClients } from "./client-logins";

const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice(7);
const clients = fiveClients.filter(({ name }) => !only || name.includes(only));
const failures: string[] = [];
// Offline no client's metadata document can be fetched; with CIMD off they register themselves, as they do wherever nobody advertises CIMD.
process.env.OAUTH_CIMD = "off";

const name = { type: "object", properties: { name: { type: "string", description: "whom to greet" } }, required: ["name"] };
const text = (words: string) => ({ content: [{ type: "text", text: words }] });
const greet = { name: "greet", description: "Greets somebody by name", inputSchema: name, run: (args: object) => text(`hello ${"name" in args && args.name}`) };
const upstream = await startUpstream({ tools: [greet] });
const stage = await aStageOver([upstream.url]);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  await stage.withProduct("fast lane", async (gatehouse) => {
    for (const client of clients) {
      console.log(`\n${client.name} ${client.version()}`);
      // A browser that nobody has signed in with, so that each client's way leads through the password, too.
      const page = await (await browser.newContext()).newPage();
      const browse = async (url: string) => {
        await consent(page, url, stage.person.email);
        console.log(`  the browser signed in, allowed, and was sent back to ${new URL(page.url()).host}`);
      };
      const said = (line: string) => console.log(`  ${line}`);
      await client.run({ url: `${gatehouse.url}${stage.path}`, browse, said }).catch((error: Error) => {
        failures.push(client.name);
        console.log(`  FAILED: ${error.message}`);
      });
      await page.context().close();
    }
  });
  const recorded = await tellTheRecord(stage.dataDir);
  if (recorded + failures.length < clients.length) failures.push(`only ${recorded} calls are on record`);
} finally {
  await browser.close();
  await upstream.close();
  await stage.close();
}
console.log(`\n${failures.length === 0 ? "every client signed in and called" : `not through: ${failures.join(", ")}`}`);
process.exit(failures.length === 0 ? 0 : 1);

/** What the portal wrote down of it, under the names that the clients gave themselves. */
async function tellTheRecord(dataDir: string): Promise<number> {
  const { db, close } = await openDatabase({ dataDir });
  const rows = await db
    .select({ client: calls.clientName, name: calls.capabilityName, version: calls.protocolVersion })
    .from(calls)
    .where(and(eq(calls.method, "tools/call"), eq(calls.outcome, "ok")))
    .orderBy(asc(calls.id));
  await close();
  console.log("\non record");
  for (const { client, name, version } of rows) console.log(`  ${client}: tools/call ${name}, ok (${version})`);
  return rows.length;
}
