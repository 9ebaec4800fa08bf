// Two instances of the built product over the PostgreSQL at TEST_DATABASE_URL: a code that fifty redeem at once, a refresh token that
// fifty use at once, and what a replay ends. Every breach is printed, and makes the exit code 1. `--rounds=N` (3).
import { and, count, eq, inArray, sql } from "drizzle-orm";
import { accessEvents, accessTokens, codes, grants, refreshTokens } from "../../drizzle/schema";
import { hashToken } from "../../lib/ids";
import { authorizationCode, redirectUri, registerClient } from "../conformance/sign-in";
import { type Answer, isTokenPair, type Pair, twoInstances } from "./two-instances";

const rounds = Number(process.argv.find((arg) => arg.startsWith("--rounds="))?.slice(9) ?? 3);
const atOnce = 50;
const breaches: string[] = [];

const { db, instances, issuer, person, resource, close } = await twoInstances();
try {
  const clientId = await registerClient(issuer, redirectUri);
  for (let round = 1; round <= rounds; round++) {
    console.log(`round ${round}`);
    await raceForCode(await authorizationCode(issuer, person, clientId, resource));
    await raceToRefresh(await authorizationCode(issuer, person, clientId, resource));
    await revokeHereAskThere(await authorizationCode(issuer, person, clientId, resource));
  }
} finally {
  await close();
}
for (const breach of breaches) console.log(`breach: ${breach}`);
console.log(`2 instances, PostgreSQL: ${rounds} rounds, ${breaches.length} breaches`);
process.exit(breaches.length === 0 ? 0 : 1);

/** OA-04: one success, and a code that turned up more than once leaves no living token. */
async function raceForCode(form: Record<string, string>): Promise<void> {
  const answers = await all(atOnce, (i) => instances[i % 2]?.token(form));
  const pairs = answers.flatMap(pairOf);
  const refused = answers.filter(isInvalidGrant).length;
  const grantId = await grantOfCode(form.code ?? "");
  const [living, accepted, events] = [await livingTokens(grantId), await acceptedAnywhere(pairs), await eventsOf(grantId, "code_replay")];
  const [pair] = pairs;
  const refreshed = pair ? await instances[1]?.refresh(form.client_id ?? "", pair.refresh_token) : undefined;
  console.log(
    `  one code, ${atOnce} at once: ${pairs.length} bought, ${refused} invalid_grant; afterwards ${living} tokens, ${accepted} accepted, ${events} event`,
  );
  expect(pairs.length === 1 && refused === atOnce - 1, `a code was bought ${pairs.length} times, ${statuses(answers)}`);
  expect(living === 0 && accepted === 0, `${living} tokens of a replayed code live, ${accepted} are accepted`);
  expect(refreshed !== undefined && isInvalidGrant(refreshed), `the refresh token of a replayed code gave ${refreshed?.status}`);
  expect(events === 1, `${events} events tell of the replay`);
}

/** OA-15: inside the grace everybody gets a pair of the family; a replay after it ends the family, and is on record once. */
async function raceToRefresh(form: Record<string, string>): Promise<void> {
  const clientId = form.client_id ?? "";
  const bought = await instances[0]?.token(form);
  if (!bought || !isTokenPair(bought.body)) throw new Error(`a code was answered with ${bought?.status}`);
  const spent = bought.body.refresh_token;
  const grantId = await grantOfCode(form.code ?? "");

  const answers = await all(atOnce, (i) => instances[i % 2]?.refresh(clientId, spent));
  const pairs = answers.flatMap(pairOf);
  const distinct = new Set(pairs.map((pair) => pair.refresh_token)).size;
  const sameFamily = await ofFamily(grantId, pairs);
  // Each pair is used on the instance that did not make it.
  const accepted = (await all(pairs.length, (i) => instances[(i + 1) % 2]?.ping(pairs[i]?.access_token ?? ""))).filter((status) => status === 200).length;
  const again = (await all(pairs.length, (i) => instances[(i + 1) % 2]?.refresh(clientId, pairs[i]?.refresh_token ?? ""))).flatMap(pairOf);
  console.log(
    `  one refresh token, ${atOnce} at once: ${distinct} pairs, ${sameFamily} of the family, ${accepted} accepted, ${again.length} refreshed on the other instance`,
  );
  expect(distinct === atOnce, `${distinct} of ${atOnce} got a pair inside the grace, ${statuses(answers)}`);
  expect(sameFamily === atOnce && accepted === atOnce && again.length === atOnce, `of ${atOnce} pairs ${sameFamily}, ${accepted}, ${again.length} are sound`);

  await db
    .update(refreshTokens)
    .set({ spentAt: sql`${refreshTokens.spentAt} - interval '31 seconds'` })
    .where(eq(refreshTokens.tokenHash, hashToken(spent)));
  const replays = (await all(10, (i) => instances[i % 2]?.refresh(clientId, spent))).filter(isInvalidGrant).length;
  const stillAccepted = await withinASecond(
    () => acceptedAnywhere([...pairs, ...again]),
    (accepted) => accepted === 0,
  );
  const stillRefreshed = (await all(again.length, (i) => instances[i % 2]?.refresh(clientId, again[i]?.refresh_token ?? ""))).flatMap(pairOf).length;
  const [living, events] = [await livingTokens(grantId), await eventsOf(grantId, "refresh_replay")];
  console.log(
    `  replayed 31 s later, 10 at once: ${replays} invalid_grant; afterwards ${living} tokens, ${stillAccepted} accepted, ${stillRefreshed} refreshed, ${events} event`,
  );
  expect(replays === 10, `${replays} of 10 replays were refused`);
  expect(living + stillAccepted + stillRefreshed === 0, `after a replay ${living} tokens live, ${stillAccepted} accepted, ${stillRefreshed} refreshed`);
  expect(events === 1, `${events} events tell of the replay`);
}

/** OA-17: what one instance revoked, the other one knows within a second (design 4.16). */
async function revokeHereAskThere(form: Record<string, string>): Promise<void> {
  const bought = await instances[0]?.token(form);
  if (!bought || !isTokenPair(bought.body)) throw new Error(`a code was answered with ${bought?.status}`);
  const { access_token, refresh_token } = bought.body;
  const before = await instances[1]?.ping(access_token);
  await instances[0]?.revoke(form.client_id ?? "", refresh_token);
  const after = await withinASecond(
    async () => instances[1]?.ping(access_token),
    (status) => status === 401,
  );
  console.log(`  revoked on one instance: the other answered ${before} before and ${after} after`);
  expect(before === 200 && after === 401, `a revoked token gave ${after} on the other instance, ${before} before`);
}

/** The answer once it is right, or what it still is when a second has passed. */
async function withinASecond<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (const began = performance.now(); ; ) {
    const askedAt = performance.now();
    const answer = await ask();
    if (isRight(answer) || askedAt - began > 1_000) return answer;
  }
}

function expect(holds: boolean, breach: string): void {
  if (!holds) breaches.push(breach);
}

async function all<T>(times: number, work: (i: number) => Promise<T> | undefined): Promise<T[]> {
  const done = await Promise.all(Array.from({ length: times }, (_, i) => work(i)));
  return done.filter((one) => one !== undefined);
}

function pairOf({ status, body }: Answer): Pair[] {
  return status === 200 && isTokenPair(body) ? [body] : [];
}

function isInvalidGrant({ status, body }: Answer): boolean {
  return status === 400 && JSON.stringify(body).includes('"invalid_grant"');
}

function statuses(answers: Answer[]): string {
  return `statuses ${[...new Set(answers.map(({ status }) => status))].join(", ")}`;
}

/** How many of these access tokens any instance still accepts. */
async function acceptedAnywhere(pairs: Pair[]): Promise<number> {
  const asked = await all(pairs.length * 2, (i) => instances[i % 2]?.ping(pairs[i >> 1]?.access_token ?? ""));
  return asked.filter((status) => status === 200).length;
}

async function grantOfCode(code: string): Promise<string> {
  const [found] = await db
    .select({ grantId: codes.grantId })
    .from(codes)
    .where(eq(codes.codeHash, hashToken(code)));
  if (!found) throw new Error("the code is not in the table");
  return found.grantId;
}

async function livingTokens(grantId: string): Promise<number> {
  return (await db.$count(accessTokens, eq(accessTokens.grantId, grantId))) + (await db.$count(refreshTokens, eq(refreshTokens.grantId, grantId)));
}

async function ofFamily(grantId: string, pairs: Pair[]): Promise<number> {
  const hashes = pairs.map((pair) => hashToken(pair.access_token));
  const [found] = await db
    .select({ tokens: count() })
    .from(accessTokens)
    .innerJoin(grants, eq(grants.id, accessTokens.grantId))
    .where(and(eq(grants.id, grantId), inArray(accessTokens.tokenHash, hashes)));
  return found?.tokens ?? 0;
}

function eventsOf(grantId: string, kind: string): Promise<number> {
  const reference = db.select({ reference: grants.correlationId }).from(grants).where(eq(grants.id, grantId));
  return db.$count(accessEvents, and(eq(accessEvents.kind, kind), inArray(accessEvents.correlationId, reference), eq(accessEvents.outcome, "refused")));
}
