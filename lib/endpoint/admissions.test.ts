import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { organizations } from "@/drizzle/schema";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { aGrant, anOrg, aPerson, aPortal } from "@/tests/support/factories";
import { AccessVersions } from "./access-versions";
import { Admissions } from "./admissions";
import { PortalCache } from "./portal-cache";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;
const db = await testDatabase();

const aToken = async (portal: { id: string; orgId: string }) => (await aGrant(db, portal, (await aPerson(db)).id, "http://portal.test/mcp")).token;

test("what a portal was goes with its next version, though tokens that nobody uses any more were last seen in it", async () => {
  const { org } = await anOrg(db);
  const portal = await aPortal(db, org.id);
  const [first, second] = [await aToken(portal), await aToken(portal)];
  const versions = new AccessVersions(async () => new Map(), true);
  const admissions = new Admissions(db, new PortalCache(db), versions);
  const viewOf = async (token: string) => new WeakRef((await admissions.find(token, new Date()))?.standing.view ?? {});

  const seen = [await viewOf(first), await viewOf(second)];
  collect();
  expect(seen[0]?.deref() === (await viewOf(second)).deref()).toBe(true);

  const raised = sql`${organizations.accessVersion} + 1`;
  const [now] = await db.update(organizations).set({ accessVersion: raised }).where(eq(organizations.id, org.id)).returning();
  versions.learn(org.id, now?.accessVersion ?? 0, performance.now());
  await viewOf(first);
  await eventually(() => {
    collect();
    expect(seen.some((view) => view.deref() !== undefined)).toBe(false);
  });
});
