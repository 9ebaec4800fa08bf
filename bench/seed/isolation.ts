import type { Database } from "@/lib/db/types";
import * as make from "@/tests/support/factories";
import type { Place } from "./seed";

const kinds = ["hang", "reset", "drip", "slow"] as const;

/**
 * Two portals on one organization: `alone` has a healthy server, `together` the same one and four that behave badly. For the calls of
 * each of these there is a person with a token of their own.
 */
export async function isolation(db: Database, { publicUrl, ports, badPort, era }: Place) {
  const { org } = await make.anOrg(db);
  const more = {
    era,
    protocolVersion: era === "modern" ? "2026-07-28" : "2025-11-25",
    callTimeoutMs: 10_000,
    nextSyncAt: new Date(Date.now() + 86_400_000),
  };
  const healthy = await make.aServer(db, org.id, { url: `http://127.0.0.1:${ports[0]}/tools/10`, ...more });
  const echo = await make.aCapability(db, org.id, healthy.id, "tool", "echo");
  const bad: { server: { id: string }; tool: Awaited<ReturnType<typeof make.aCapability>> }[] = [];
  for (const name of kinds) {
    const server = await make.aServer(db, org.id, { url: `http://127.0.0.1:${badPort}/${name}`, ...more });
    bad.push({ server, tool: await make.aCapability(db, org.id, server.id, "tool", name) });
  }
  const everyone = await make.aPolicy(db, org.id, [{ kind: "everyone" }]);
  const people = await Promise.all(Array.from({ length: 16 }, () => make.aPerson(db)));

  async function aPortalWith(others: typeof bad) {
    const portal = await make.aPortal(db, org.id);
    await make.anAssignment(db, org.id, portal.id, healthy.id, [echo]);
    for (const { server, tool } of others) await make.anAssignment(db, org.id, portal.id, server.id, [tool]);
    await make.attachToPortal(db, org.id, portal.id, everyone.id);
    const path = `/mcp/${org.slug}/${portal.slug}`;
    const token = async (personId: string) => (await make.aGrant(db, portal, personId, `${publicUrl}${path}`)).token;
    const bad: Record<string, string> = {};
    for (const kind of kinds) bad[kind] = await token((await make.aPerson(db)).id);
    return { path, tokens: await Promise.all(people.map(({ id }) => token(id))), bad, tools: ["echo"], listed: 1 + others.length };
  }

  return { alone: await aPortalWith([]), together: await aPortalWith(bad) };
}
