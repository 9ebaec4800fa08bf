import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { capabilities, toggles } from "@/drizzle/schema";
import type { PortalView } from "@/lib/gateway/types";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment, anOrg, aPortal, aServer } from "@/tests/support/factories";
import { loadPortalView } from "./view";

const db = await testDatabase();

/** A portal with two tools, as a view of it was before something changed. */
async function aKnownPortal() {
  const { org } = await anOrg(db);
  const server = await aServer(db, org.id);
  const portal = await aPortal(db, org.id);
  const [count, search] = [await aCapability(db, org.id, server.id, "tool", "count"), await aCapability(db, org.id, server.id, "tool", "search")];
  await anAssignment(db, org.id, portal.id, server.id, [count, search]);
  const earlier = await loadPortalView(db, org.id, portal.id);
  return { earlier, count, search, load: (known: PortalView | null = earlier) => loadPortalView(db, org.id, portal.id, known) };
}

const toolsOf = (view: PortalView | null) => new Map(view?.servers.flatMap((server) => server.capabilities.map((one) => [one.name, one])));
const change = (id: string, set: Partial<typeof capabilities.$inferInsert>) => db.update(capabilities).set(set).where(eq(capabilities.id, id));

describe("a view of a portal that follows another", () => {
  test("has the definitions that did not change from there, and all else as it is now", async () => {
    const { earlier, count, search, load } = await aKnownPortal();
    await db.update(toggles).set({ enabled: false }).where(eq(toggles.capabilityId, count.id));
    await db.update(toggles).set({ exposedName: "find" }).where(eq(toggles.capabilityId, search.id));
    const tools = toolsOf(await load());
    expect([...tools.values()].map((tool) => tool.exposedName)).toEqual(["find"]);
    expect(tools.get("search")?.definition).toBe(toolsOf(earlier).get("search")?.definition);
  });

  test("SC-02: has a new definition once it is accepted, and until then none", async () => {
    const { count, load } = await aKnownPortal();
    const definition = { name: "count", description: "Counts otherwise." };
    await change(count.id, { definition, fingerprint: "other" });
    const withheld = await load();
    expect([...toolsOf(withheld).keys()]).toEqual(["search"]);
    await change(count.id, { approvedFingerprint: "other" });
    const accepted = toolsOf(await load()).get("count");
    expect(accepted).toMatchObject({ definition, text: JSON.stringify(definition) });
    expect(toolsOf(await load(withheld)).get("count")).toEqual(accepted);
  });

  test("is what one without an earlier view is", async () => {
    const { search, load } = await aKnownPortal();
    await change(search.id, { missingSince: new Date() });
    expect(await load()).toEqual(await load(null));
  });
});
