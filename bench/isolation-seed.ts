// Two portals on one organization: `alone` has a healthy server, `together` the same one and three that behave badly. Prints paths
// and tokens as JSON; a second person has a token of their own for the bad calls.
import { migrate } from "../lib/db/migrate";
import { openDatabase } from "../lib/db/open";
import * as make from "../tests/support/factories";

const [publicUrl = "", dataDir = "", databaseUrl = "", healthyPort = "", badPort = ""] = process.argv.slice(2);
const { db, close } = await openDatabase({ url: databaseUrl || undefined, dataDir });
await migrate(db);
const { org } = await make.anOrg(db);
const more = { protocolVersion: "2025-11-25", callTimeoutMs: 10_000, nextSyncAt: new Date(Date.now() + 86_400_000) };
const healthy = await make.aServer(db, org.id, { url: `http://127.0.0.1:${healthyPort}/mcp`, ...more });
const echo = await make.aCapability(db, org.id, healthy.id, "tool", "echo");
const bad = await Promise.all(
  ["hang", "reset", "drip"].map(async (name) => {
    const server = await make.aServer(db, org.id, { url: `http://127.0.0.1:${badPort}/${name}`, ...more });
    return { server, tool: await make.aCapability(db, org.id, server.id, "tool", name) };
  }),
);
const everyone = await make.aPolicy(db, org.id, [{ kind: "everyone" }]);
const [caller, other] = [await make.aPerson(db), await make.aPerson(db)];

async function aPortalWith(isTogether: boolean) {
  const portal = await make.aPortal(db, org.id);
  await make.anAssignment(db, org.id, portal.id, healthy.id, [echo]);
  if (isTogether) for (const { server, tool } of bad) await make.anAssignment(db, org.id, portal.id, server.id, [tool]);
  await make.attachToPortal(db, org.id, portal.id, everyone.id);
  const path = `/mcp/${org.slug}/${portal.slug}`;
  const token = async (personId: string) => (await make.aGrant(db, portal, personId, `${publicUrl}${path}`)).token;
  return { path, token: await token(caller.id), otherToken: await token(other.id) };
}

const seeded = { alone: await aPortalWith(false), together: await aPortalWith(true) };
await close();
console.log(JSON.stringify(seeded));
