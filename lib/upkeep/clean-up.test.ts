import { eq, inArray } from "drizzle-orm";
import { expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import { newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { aClient, aGrant, anOrg, aPerson, aPortal, aServer } from "@/tests/support/factories";
import { cleanUp } from "./clean-up";

const db = await testDatabase();
const now = new Date();
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

async function aCallOf(orgId: string, at: Date) {
  const id = idFor("cal", at);
  await db.insert(schema.calls).values({
    id,
    orgId,
    startedAt: at,
    instanceId: "ins",
    personEmail: "a@acme.test",
    clientName: "c",
    portalName: "p",
    method: "tools/call",
    protocolVersion: "2025-11-25",
    decision: "allowed",
    outcome: "ok",
  });
  return id;
}

// `newId` never goes back in time within a process, so an older id is made by hand.
const idFor = (prefix: "cal" | "acc" | "aud" | "ntc", at: Date) => `${newId(prefix, 0).slice(0, 4)}${base32(at.getTime())}${newId(prefix).slice(-16)}`;
function base32(ms: number): string {
  let text = "";
  for (let rest = BigInt(ms), i = 0; i < 10; i++, rest >>= 5n) text = ("0123456789abcdefghjkmnpqrstvwxyz"[Number(rest & 31n)] ?? "") + text;
  return text;
}

test("calls go after the organization's own retention, changes after a year", async () => {
  const short = await anOrg(db, { retentionDays: 7 });
  const usual = await anOrg(db);
  const kept = [await aCallOf(short.org.id, daysAgo(6)), await aCallOf(usual.org.id, daysAgo(89))];
  await aCallOf(short.org.id, daysAgo(8));
  await aCallOf(usual.org.id, daysAgo(91));
  const audit = { orgId: usual.org.id, actorEmail: "a", action: "x.y", targetKind: "server", targetId: "s", targetName: "s" };
  await db.insert(schema.auditEvents).values([
    { id: idFor("aud", daysAgo(366)), ...audit },
    { id: idFor("aud", daysAgo(300)), ...audit },
  ]);
  await cleanUp(db, now);
  expect((await db.select().from(schema.calls)).map(({ id }) => id).sort()).toEqual(kept.sort());
  expect(await db.select().from(schema.auditEvents)).toHaveLength(1);
});

test("days of calls go after four weeks", async () => {
  const { org } = await anOrg(db);
  const day = (days: number) => daysAgo(days).toISOString().slice(0, 10);
  await db.insert(schema.callDays).values([13, 28, 29].map((days) => ({ orgId: org.id, day: day(days), calls: 1, problems: 0 })));
  await cleanUp(db, now);
  expect((await db.select().from(schema.callDays)).map((row) => row.day).sort()).toEqual([day(28), day(13)]);
});

test("notices go after the organization's own retention, with their deliveries", async () => {
  const { org } = await anOrg(db, { retentionDays: 7 });
  const about = { orgId: org.id, kind: "server_failing", topic: "lists", serverId: "srv", serverName: "Jira", detail: "", since: now } as const;
  const [kept, old] = [idFor("ntc", daysAgo(6)), idFor("ntc", daysAgo(8))];
  await db.insert(schema.notices).values([kept, old].map((id) => ({ id, ...about })));
  const waits = { orgId: org.id, channel: "mail", state: "waiting" } as const;
  await db.insert(schema.noticeDeliveries).values([kept, old].map((noticeId) => ({ noticeId, ...waits })));
  await cleanUp(db, now);
  expect((await db.select().from(schema.notices)).map(({ id }) => id)).toEqual([kept]);
  expect((await db.select().from(schema.noticeDeliveries)).map(({ noticeId }) => noticeId)).toEqual([kept]);
});

test("what has expired goes in batches, what has not stays", async () => {
  const person = await aPerson(db);
  const session = (expiresAt: Date) => ({ id: newId("ses"), tokenHash: newId("ses"), personId: person.id, expiresAt });
  await db.insert(schema.sessions).values([session(daysAgo(1)), session(daysAgo(2)), session(daysAgo(3)), session(daysAgo(-1))]);
  const used = await aClient(db, { lastUsedAt: now, expiresAt: daysAgo(-1) });
  const unused = await aClient(db, { expiresAt: daysAgo(1) });
  const { org } = await anOrg(db);
  const { grant } = await aGrant(db, await aPortal(db, org.id), person.id, "http://localhost:3000/mcp/a/b");
  await db.insert(schema.accessTokens).values({ tokenHash: "old", grantId: grant.id, expiresAt: daysAgo(1) });
  const server = await aServer(db, org.id);
  const flow = { orgId: org.id, serverId: server.id, personId: person.id, isShared: false, bindingHash: "b", secret: "s", returnTo: "/" };
  await db.insert(schema.connectFlows).values([
    { ...flow, stateHash: "over", expiresAt: daysAgo(1) },
    { ...flow, stateHash: "open", expiresAt: daysAgo(-1) },
  ]);
  await cleanUp(db, now, { rows: 2, roundsMax: 5 });
  expect(await db.select({ hash: schema.connectFlows.stateHash }).from(schema.connectFlows)).toEqual([{ hash: "open" }]);
  expect(await db.select().from(schema.sessions).where(eq(schema.sessions.personId, person.id))).toHaveLength(1);
  expect(await db.select().from(schema.clients).where(eq(schema.clients.id, used.id))).toHaveLength(1);
  expect(await db.select().from(schema.clients).where(eq(schema.clients.id, unused.id))).toHaveLength(0);
  expect(await db.select().from(schema.accessTokens).where(eq(schema.accessTokens.grantId, grant.id))).toHaveLength(1);
});

test("a client that somebody is signed in with never goes, nor does its grant, however old it is", async () => {
  const { org } = await anOrg(db);
  const [portal, person] = [await aPortal(db, org.id), await aPerson(db)];
  const old = { createdAt: daysAgo(400), lastUsedAt: daysAgo(300), expiresAt: daysAgo(200) };
  const held = [await aClient(db, old), await aClient(db, { ...old, kind: "cimd", id: `https://app.test/${newId("cli")}` })];
  const left = [await aClient(db, old), await aClient(db, { ...old, kind: "cimd", id: `https://app.test/${newId("cli")}` })];
  for (const client of held) await aGrant(db, portal, person.id, "r", { clientId: client.id });
  await aGrant(db, portal, person.id, "r", { clientId: left[0]?.id ?? "", revokedAt: daysAgo(1) });
  await aGrant(db, portal, person.id, "r", { clientId: left[1]?.id ?? "", expiresAt: daysAgo(1) });
  await cleanUp(db, now);
  expect(await idsOf([...held, ...left])).toEqual(held.map(({ id }) => id).sort());
  expect(await db.select().from(schema.grants).where(eq(schema.grants.orgId, org.id))).toHaveLength(2);
});

test("a client known by its document goes when it was not used for thirty days, unless its document was just asked for", async () => {
  const document = (more: Partial<typeof schema.clients.$inferInsert>) =>
    aClient(db, { kind: "cimd", id: `https://app.test/${newId("cli")}`, createdAt: daysAgo(60), expiresAt: daysAgo(2), ...more });
  const kept = [await document({ lastUsedAt: daysAgo(29) }), await document({ createdAt: daysAgo(29) }), await document({ expiresAt: daysAgo(-1) })];
  const gone = [await document({ lastUsedAt: daysAgo(31) }), await document({})];
  await cleanUp(db, now);
  expect(await idsOf([...kept, ...gone])).toEqual(kept.map(({ id }) => id).sort());
});

test("an ended grant stays for ninety days", async () => {
  const { org } = await anOrg(db);
  const [portal, person] = [await aPortal(db, org.id), await aPerson(db)];
  const grant = async (more: Partial<typeof schema.grants.$inferInsert>) => (await aGrant(db, portal, person.id, "r", more)).grant.id;
  const kept = [await grant({ revokedAt: daysAgo(89) }), await grant({ expiresAt: daysAgo(89) }), await grant({})];
  await grant({ revokedAt: daysAgo(91) });
  await grant({ expiresAt: daysAgo(91) });
  await cleanUp(db, now);
  const rows = await db.select({ id: schema.grants.id }).from(schema.grants).where(eq(schema.grants.orgId, org.id));
  expect(rows.map(({ id }) => id).sort()).toEqual(kept.sort());
});

test("a service token that has ended stays for ninety days, then goes with its grants", async () => {
  const { org } = await anOrg(db);
  const portal = await aPortal(db, org.id);
  const token = async (name: string, more: { expiresAt: Date; revokedAt?: Date }) => {
    const id = newId("svc");
    await db.insert(schema.serviceTokens).values({ id, orgId: org.id, name, secretHash: "h", createdBy: "a@acme.test", ...more });
    const bound = { orgId: org.id, portalId: portal.id, serviceTokenId: id, scope: "mcp", resource: "r", redirectUri: "", expiresAt: daysAgo(-1) };
    await db.insert(schema.grants).values({ id: newId("gnt"), ...bound });
    return id;
  };
  const kept = [await token("a", { expiresAt: daysAgo(89) }), await token("b", { expiresAt: daysAgo(-1), revokedAt: daysAgo(89) })];
  await token("c", { expiresAt: daysAgo(91) });
  await token("d", { expiresAt: daysAgo(-1), revokedAt: daysAgo(91) });
  await cleanUp(db, now);
  const left = await db.select({ id: schema.grants.serviceTokenId }).from(schema.grants).where(eq(schema.grants.orgId, org.id));
  expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
});

async function idsOf(clients: { id: string }[]): Promise<string[]> {
  const ids = clients.map(({ id }) => id);
  const rows = await db.select({ id: schema.clients.id }).from(schema.clients).where(inArray(schema.clients.id, ids));
  return rows.map(({ id }) => id).sort();
}
