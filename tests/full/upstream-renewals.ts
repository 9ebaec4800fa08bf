// Two instances of the built product over the PostgreSQL at TEST_DATABASE_URL, and one account at a server whose sign-in service is the
// real oidc-provider: when its token ends, calls on both renew it, together once. Every breach makes the exit code 1. `--rounds=N` (3).
import { eq } from "drizzle-orm";
import { assignments } from "../../drizzle/schema";
import { bumpAccessVersion } from "../../lib/orgs/access-version";
import { Browser } from "../conformance/browser";
import { accessToken, type Person, words } from "../conformance/sign-in";
import { until } from "../e2e/support/processes";
import { aCapability, anAssignment, aServer } from "../support/factories";
import { startGuarded, startOidc } from "../support/oidc";
import { signInAt } from "../support/provider-browser";
import { twoInstances } from "./two-instances";

const rounds = Number(process.argv.find((arg) => arg.startsWith("--rounds="))?.slice(9) ?? 3);
// As many as one client may have open on each of them.
const atOnce = 2 * 8;
const lifeSeconds = 20;
const breaches: string[] = [];

const oidc = await startOidc({ lifeSeconds });
const { upstream } = await startGuarded(oidc);
const { db, org, portal, instances, issuer, person, resource, close } = await twoInstances({ EGRESS_ALLOW: "loopback" });
const grants: string[] = [];
for (const outcome of ["grant.success", "grant.error"] as const)
  oidc.provider.on(outcome, (ctx) => void grants.push(`${ctx.oidc.params?.grant_type} ${outcome === "grant.success" ? "granted" : "refused"}`));
try {
  const server = await aServer(db, org.id, { url: upstream.url, auth: "oauth", transport: null, era: null });
  await anAssignment(db, org.id, portal.id, server.id, [await aCapability(db, org.id, server.id, "tool", "whoami")]);
  await db.update(assignments).set({ account: "personal" }).where(eq(assignments.portalId, portal.id));
  await bumpAccessVersion(db, org.id);
  const token = await accessToken(issuer, person, resource);
  await connect(`${issuer}/connect/${org.slug}/${portal.slug}`, server.id, person);
  const first = await instances[0]?.callTool(token, "whoami");
  if (!first?.includes("you are ana")) throw new Error(`the account is not connected: ${first}`);
  for (let round = 1; round <= rounds; round++) await renewTogether(round, token);
} finally {
  await close();
  await Promise.all([oidc.close(), upstream.close()]);
}
for (const breach of breaches) console.log(`breach: ${breach}`);
console.log(`2 instances, PostgreSQL: ${rounds} renewals, ${breaches.length} breaches`);
process.exit(breaches.length === 0 ? 0 : 1);

/** UP-16: one renewal however many calls there are, and none of them fails. The provider would end everything if it saw a token twice. */
async function renewTogether(round: number, token: string): Promise<void> {
  const isOver = () => [...oidc.living.values()].every((living) => living.until <= Date.now());
  await until(isOver, (lifeSeconds + 10) * 1_000, () => "the account's token does not end");
  const before = grants.length;
  const began = Date.now();
  const answers = await Promise.all(Array.from({ length: atOnce }, (_, i) => instances[i % 2]?.callTool(token, "whoami")));
  const answered = answers.filter((text) => text?.includes("you are ana")).length;
  const asked = grants.slice(before);
  console.log(`round ${round}: ${atOnce} calls on two instances at the token's end: ${answered} answered; ${asked.join(", ")}; ${Date.now() - began} ms`);
  if (answered !== atOnce) breaches.push(`${atOnce - answered} of ${atOnce} calls failed: ${answers.find((text) => !text?.includes("you are ana"))}`);
  if (asked.join() !== "refresh_token granted") breaches.push(`the provider was asked for: ${asked.join(", ") || "nothing"}`);
}

/** Connects the account in a browser without scripts, where its person signs in first. */
async function connect(portalPage: string, serverId: string, who: Person): Promise<void> {
  const browser = new Browser(issuer);
  const asked = await browser.submit(await browser.open(`${portalPage}/${serverId}`), "password", who);
  const answered = await browser.submit(asked, "serverId", { serverId });
  const provider = /href="([^"]*\/auth\?[^"]*)"/.exec(answered.html)?.[1]?.replaceAll("&amp;", "&");
  if (!provider) throw new Error(`${answered.url.pathname} leads to no provider: ${words(answered.html)}`);
  const back = await browser.open((await signInAt(provider, "ana")).href);
  if (!back.url.search.startsWith("?connected=")) throw new Error(`connecting ended at ${back.url.pathname}`);
}
