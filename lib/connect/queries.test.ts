import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { connections, portals } from "@/drizzle/schema";
import type { PersonContext } from "@/lib/auth/context";
import { connectLink } from "@/lib/connections/ticket";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { aCapability, aGrant, anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal } from "@/tests/support/factories";
import { connectPage } from "./queries";

let db: Database;
beforeAll(async () => {
  db = await testDatabase();
});

const contextOf = (person: Awaited<ReturnType<typeof aPerson>>): PersonContext => ({
  db,
  person: { id: person.id, email: person.email, name: person.name, emailVerified: true },
  sessionId: null,
  request: { ip: "", userAgent: "" },
  now: new Date(),
});

/** A portal for `acme.test` with one open server, and one whose policies let nobody in. */
async function aFurnishedPortal() {
  const { org } = await anOrg(db);
  const portal = await aPortal(db, org.id, { contact: "it@acme.test" });
  const policy = await aPolicy(db, org.id, [{ kind: "email_domain", domain: "acme.test" }]);
  await attachToPortal(db, org.id, portal.id, policy.id);
  const jira = await aServer(db, org.id, { name: "Jira" });
  const sentry = await aServer(db, org.id, { name: "Sentry", access: "policies" });
  const tool = await aCapability(db, org.id, jira.id, "tool", "get_issue");
  const secret = await aCapability(db, org.id, sentry.id, "tool", "delete_all");
  await anAssignment(db, org.id, portal.id, jira.id, [tool]);
  await anAssignment(db, org.id, portal.id, sentry.id, [secret], { position: 1 });
  return { org, portal };
}

describe("the employee's page", () => {
  test("shows a stranger the names and the URL, and nothing else", async () => {
    const { org, portal } = await aFurnishedPortal();
    expect(await connectPage(db, org.slug, portal.slug, null)).toEqual({
      orgSlug: org.slug,
      orgName: org.name,
      portalId: portal.id,
      portalSlug: portal.slug,
      portalName: portal.name,
      url: `http://localhost:3000/mcp/${org.slug}/${portal.slug}`,
      mine: null,
    });
  });

  test("speaks of other ways to see the tools where the portal has tools of its own, and to people inside only", async () => {
    const { org, portal } = await aFurnishedPortal();
    const modeFor = async (person: PersonContext) => (await connectPage(db, org.slug, portal.slug, person))?.mine?.contextMode;
    const inside = contextOf(await aPerson(db));
    expect(await modeFor(inside)).toBeNull();
    await db.update(portals).set({ portalTools: true, contextMode: "names" }).where(eq(portals.id, portal.id));
    expect(await modeFor(inside)).toBe("names");
    expect(await modeFor(contextOf(await aPerson(db, { email: `eve-${org.slug}@evil.test` })))).toBeNull();
  });

  test("an unknown portal is no page", async () => {
    const { org } = await anOrg(db);
    expect(await connectPage(db, org.slug, "nope", null)).toBeNull();
    expect(await connectPage(db, "nope", "nope", null)).toBeNull();
  });

  test("shows who is admitted what they can use, and which servers are not for them", async () => {
    const { org, portal } = await aFurnishedPortal();
    const page = await connectPage(db, org.slug, portal.slug, contextOf(await aPerson(db)));
    expect(page?.mine).toMatchObject({
      admitted: true,
      refusal: "",
      servers: [
        { name: "Jira", state: "ready", tools: [{ name: "get_issue", description: "does get_issue" }] },
        { name: "Sentry", state: "closed", tools: [] },
      ],
    });
    expect(JSON.stringify(page)).not.toContain("delete_all");
  });

  test("tells who is not admitted why and whom to ask, and nothing of what is inside", async () => {
    const { org, portal } = await aFurnishedPortal();
    const outsider = await connectPage(db, org.slug, portal.slug, contextOf(await aPerson(db, { email: `eve-${org.slug}@evil.test` })));
    expect(outsider?.mine).toMatchObject({
      admitted: false,
      refusal: "No policy of this portal includes this account.",
      contact: "it@acme.test",
      servers: [],
    });
    const unverified = await connectPage(db, org.slug, portal.slug, contextOf(await aPerson(db, { emailVerifiedAt: null })));
    expect(unverified?.mine).toMatchObject({ admitted: false, refusal: expect.stringContaining("not confirmed") });
  });

  test("says what the person has to connect, and which of it is new since they were last here", async () => {
    const { org, portal } = await aFurnishedPortal();
    const ana = await aPerson(db);
    const mine = async () => (await connectPage(db, org.slug, portal.slug, contextOf(ana)))?.mine?.servers ?? [];
    await aGrant(db, portal, ana.id, "r");
    const drive = await aServer(db, org.id, { name: "Drive", auth: "oauth" });
    await anAssignment(db, org.id, portal.id, drive.id, [], { position: 2, account: "personal" });
    expect(await mine()).toMatchObject([
      { name: "Jira", isNew: false, connection: { state: "not_needed" } },
      { name: "Sentry", isNew: false, connection: null },
      { name: "Drive", isNew: true, connection: { account: "personal", state: "needs_connection" } },
    ]);
    const theirs = { orgId: org.id, personId: ana.id, secret: "sealed", fingerprint: "f", kind: "oauth" as const };
    await db.insert(connections).values({ id: newId("con"), serverId: drive.id, ...theirs });
    expect((await mine())[2]).toMatchObject({ isNew: false, connection: { state: "connected" } });
  });

  test("tells whose call a link was made for", async () => {
    const { org, portal } = await aFurnishedPortal();
    const [ana, bea] = [await aPerson(db), await aPerson(db)];
    const url = connectLink({ orgId: org.id, orgSlug: org.slug, portalId: portal.id, portalSlug: portal.slug }, "srv_1", ana.id, new Date());
    const ticket = new URL(url).searchParams.get("for") ?? "";
    const linkFor = async (person: typeof ana, more: { server: string; ticket?: string }) =>
      (await connectPage(db, org.slug, portal.slug, contextOf(person), more))?.mine?.asked?.link;
    expect(await linkFor(ana, { server: "srv_1", ticket })).toBe("yours");
    expect(await linkFor(bea, { server: "srv_1", ticket })).toBe("theirs");
    expect(await linkFor(ana, { server: "srv_2", ticket })).toBe("none");
    expect(await linkFor(ana, { server: "srv_1" })).toBe("none");
  });

  test("lists the person's apps of this portal only", async () => {
    const { org, portal } = await aFurnishedPortal();
    const other = await aPortal(db, org.id);
    const [ana, bea] = [await aPerson(db), await aPerson(db)];
    const { grant } = await aGrant(db, portal, ana.id, "r");
    await aGrant(db, other, ana.id, "r");
    await aGrant(db, portal, bea.id, "r");
    const page = await connectPage(db, org.slug, portal.slug, contextOf(ana));
    expect(page?.mine?.apps.map((app) => app.id)).toEqual([grant.id]);
  });
});
