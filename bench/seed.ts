// Fills the database named by the environment with one portal whose `echo` tool is at the given upstream; prints path and token as JSON.
import { migrate } from "../lib/db/migrate";
import { openDatabase } from "../lib/db/open";
import * as make from "../tests/support/factories";

const [publicUrl = "", dataDir = "", databaseUrl = "", upstream = ""] = process.argv.slice(2);
const { db, close } = await openDatabase({ url: databaseUrl || undefined, dataDir });
await migrate(db);
const { org } = await make.anOrg(db);
const server = await make.aServer(db, org.id, { url: upstream, protocolVersion: "2025-11-25", nextSyncAt: new Date(Date.now() + 86_400_000) });
const echo = await make.aCapability(db, org.id, server.id, "tool", "echo");
const portal = await make.aPortal(db, org.id);
await make.anAssignment(db, org.id, portal.id, server.id, [echo]);
await make.attachToPortal(db, org.id, portal.id, (await make.aPolicy(db, org.id, [{ kind: "everyone" }])).id);
const path = `/mcp/${org.slug}/${portal.slug}`;
const { token } = await make.aGrant(db, portal, (await make.aPerson(db)).id, `${publicUrl}${path}`);
await close();
console.log(JSON.stringify({ path, token }));
