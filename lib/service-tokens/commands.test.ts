import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { auditEvents, grants, serviceTokens } from "@/drizzle/schema";
import { limits } from "@/lib/limits";
import { deletePortal } from "@/lib/portals/commands";
import { testDatabase } from "@/tests/support/database";
import { aMember, anAssignment, anOrg, aPerson, aPortal, aServer, contextOf } from "@/tests/support/factories";
import { aMachine } from "@/tests/support/machine";
import { createServiceToken, revokeServiceToken, rotateServiceToken } from "./commands";
import { callExample, tokenExample } from "./examples";
import { getServiceToken, listServiceTokens, listServiceTokensOfPortal } from "./queries";
import { listReach } from "./reach";
import { createServiceTokenSchema, rotateServiceTokenSchema } from "./schema";

const db = await testDatabase();
const dayMs = 86_400_000;

async function aScene() {
  const scene = await anOrg(db);
  return { ...scene, portal: await aPortal(db, scene.org.id), now: (ms: number) => ({ ...scene.ctx, now: new Date(scene.ctx.now.getTime() + ms) }) };
}

test("what is shown once holds the secret, the endpoint and the portals' addresses; nothing reads the secret again", async () => {
  const { ctx, org, portal } = await aScene();
  const made = await aMachine(ctx, portal);
  const url = `http://localhost:3000/mcp/${org.slug}/${portal.slug}`;
  expect(made).toMatchObject({ name: "Nightly report", tokenEndpoint: "http://localhost:3000/oauth/token", portals: [{ name: portal.name, url }] });
  expect(tokenExample(made, url)).toContain(`-u '${made.id}:${made.secret}'`);
  expect(callExample(url)).toContain(url);
  const reads = [await listServiceTokens(ctx), await getServiceToken(ctx, made.id), await listServiceTokensOfPortal(ctx, portal.id)];
  for (const read of reads) expect(JSON.stringify(read)).not.toContain(made.secret);
  const [event] = await db.select().from(auditEvents).where(eq(auditEvents.targetId, made.id));
  expect(event).toMatchObject({ action: "service_token.created", actorEmail: ctx.actor.email, after: { portals: [portal.name] } });
});

test("the list says what became of each: working, about to expire, expired, revoked", async () => {
  const { ctx, portal, now } = await aScene();
  const name = async (name: string, days: number) => (await createServiceToken(ctx, { name, portalId: [portal.id], days })).id;
  await name("A", 90);
  await name("B", 15);
  const gone = await name("C", 365);
  await name("D", 1);
  await revokeServiceToken(ctx, { serviceTokenId: gone });
  const list = await listServiceTokens(now(1.5 * dayMs));
  expect(list.map(({ name, state }) => [name, state])).toEqual([
    ["A", "active"],
    ["B", "expires_soon"],
    ["D", "expired"],
    ["C", "revoked"],
  ]);
  expect(list[0]).toMatchObject({ createdBy: ctx.actor.email, portals: [{ id: portal.id }], lastUsedAt: null, oldSecretUntil: null });
  expect((await listServiceTokensOfPortal(ctx, portal.id)).map((token) => token.name)).toEqual(["A", "B", "D"]);
});

test("only who manages the organization makes, rotates and revokes; an auditor reads", async () => {
  const { ctx, org, portal } = await aScene();
  const made = await aMachine(ctx, portal);
  const person = await aPerson(db);
  await aMember(db, org.id, person.id, "auditor");
  const auditor = contextOf(db, org, person, "auditor");
  for (const attempt of [
    () => aMachine(auditor, portal, "Another"),
    () => rotateServiceToken(auditor, { serviceTokenId: made.id, days: 1, overlap: 0 }),
    () => revokeServiceToken(auditor, { serviceTokenId: made.id }),
    // A page that is older than the demotion.
    () => revokeServiceToken(contextOf(db, org, person, "admin"), { serviceTokenId: made.id }),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: "forbidden" });
  }
  expect(await getServiceToken(auditor, made.id)).toMatchObject({ state: "active" });
});

test("a name is taken while its token is not revoked", async () => {
  const { ctx, portal } = await aScene();
  const first = await aMachine(ctx, portal, "CI");
  await expect(aMachine(ctx, portal, "ci")).rejects.toMatchObject({ code: "conflict", field: "name" });
  await revokeServiceToken(ctx, { serviceTokenId: first.id });
  await aMachine(ctx, portal, "ci");
});

test("a revoked or expired one is neither rotated nor, revoked, revoked again", async () => {
  const { ctx, portal, now } = await aScene();
  const { id: serviceTokenId } = await aMachine(ctx, portal);
  const rotate = (at: number) => rotateServiceToken(now(at), { serviceTokenId, days: 90, overlap: 0 });
  await expect(rotate(90 * dayMs)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("has expired") });
  await revokeServiceToken(ctx, { serviceTokenId });
  await expect(rotate(1)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("is revoked") });
  await expect(revokeServiceToken(ctx, { serviceTokenId })).rejects.toMatchObject({ code: "conflict" });
});

test("a grant that ended stays ended when its token is rotated", async () => {
  const { ctx, portal, now } = await aScene();
  const made = await aMachine(ctx, portal);
  const ended = { revokedAt: ctx.now, revokedReason: "test" };
  await db.update(grants).set(ended).where(eq(grants.serviceTokenId, made.id));
  const next = await rotateServiceToken(now(1), { serviceTokenId: made.id, days: 90, overlap: 0 });
  expect(next.portals).toEqual([]);
  expect(await db.select().from(grants).where(eq(grants.serviceTokenId, made.id))).toMatchObject([ended]);
});

test("a portal that is deleted takes its binding along, and leaves the token to its other portals", async () => {
  const { ctx, org, portal } = await aScene();
  const second = await aPortal(db, org.id);
  const made = await createServiceToken(ctx, { name: "Two", portalId: [portal.id, second.id, portal.id], days: 1 });
  expect(made.portals).toHaveLength(2);
  await deletePortal(ctx, { portalId: portal.id, slug: portal.slug });
  expect((await getServiceToken(ctx, made.id)).portals.map(({ id }) => id)).toEqual([second.id]);
});

test("its page says which servers it may use, and why the others are closed", async () => {
  const { ctx, org, portal } = await aScene();
  const server = async (name: string, position: number, access: "portal" | "policies", account: "shared" | "personal") => {
    const { id } = await aServer(db, org.id, { name, access });
    await anAssignment(db, org.id, portal.id, id, [], { position, account });
  };
  await server("Jira", 0, "portal", "shared");
  await server("Wiki", 1, "policies", "shared");
  await server("Mail", 2, "portal", "personal");
  const reach = await listReach(ctx, (await aMachine(ctx, portal)).id);
  expect([...reach.keys()]).toEqual([portal.id]);
  expect(reach.get(portal.id)?.map(({ name, closed }) => [name, closed])).toEqual([
    ["Jira", null],
    ["Wiki", "policies"],
    ["Mail", "accounts"],
  ]);
});

test("an organization has so many at most, revoked ones aside", async () => {
  const { ctx, org, portal } = await aScene();
  const rows = Array.from({ length: limits.serviceTokensMax }, (_, i) => ({
    ...{ id: `svc_${org.id}_${i}`, orgId: org.id, name: `n${i}`, secretHash: "h", createdBy: "" },
    expiresAt: new Date(ctx.now.getTime() + dayMs),
  }));
  await db.insert(serviceTokens).values(rows);
  await expect(aMachine(ctx, portal)).rejects.toMatchObject({ code: "limit" });
  await db
    .update(serviceTokens)
    .set({ revokedAt: ctx.now })
    .where(eq(serviceTokens.id, `svc_${org.id}_0`));
  await aMachine(ctx, portal);
});

test("the database takes no grant of both a person and a service token, and none of neither", async () => {
  const { ctx, org, portal, owner } = await aScene();
  const made = await aMachine(ctx, portal);
  const [bound] = await db.select().from(grants).where(eq(grants.serviceTokenId, made.id));
  const row = { ...bound, portalId: (await aPortal(db, org.id)).id } as NonNullable<typeof bound>;
  for (const owners of [{ personId: owner.id }, { serviceTokenId: null }]) {
    await expect(db.insert(grants).values({ ...row, id: "gnt_x", ...owners })).rejects.toMatchObject({ cause: { constraint: "grant_owner_check" } });
  }
  await db.insert(grants).values({ ...row, id: "gnt_x" });
});

// biome-ignore format: a table reads best as a table
test.each<[string, object, string]>([
  ["no portal",           { portalId: [] },            "portalId"],
  ["no name",             { name: " " },               "name"],
  ["a name like a person's address", { name: "ana@acme.test" }, "name"],
  ["a name that turns around", { name: "a\u202eb" },   "name"],
  ["no days",             { days: "" },                "days"],
  ["more than a year",    { days: "366" },             "days"],
  ["part of a day",       { days: "1.5" },             "days"],
  ["something else",      { secret: "mine" },          ""],
])("the form refuses %s", (_name, otherwise, field) => {
  const form = { name: "Nightly report", portalId: ["ptl_1"], days: "90" };
  expect(createServiceTokenSchema.parse(form)).toEqual({ ...form, days: 90 });
  const refused = createServiceTokenSchema.safeParse({ ...form, ...otherwise });
  expect(refused.error?.issues.map(({ path }) => path.join("."))).toEqual([field]);
});

test("the overlap is one of those that the form offers", () => {
  const form = { serviceTokenId: "svc_1", days: "90", overlap: "24" };
  expect(rotateServiceTokenSchema.parse(form)).toEqual({ serviceTokenId: "svc_1", days: 90, overlap: 24 });
  expect(rotateServiceTokenSchema.safeParse({ ...form, overlap: "9000" }).success).toBe(false);
});
