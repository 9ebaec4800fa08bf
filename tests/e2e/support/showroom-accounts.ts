import { inArray } from "drizzle-orm";
import * as schema from "@/drizzle/schema";
import { recordRefusal } from "@/lib/connections/refusals";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { aCapability, anAssignment, aServer } from "@/tests/support/factories";

const days = (count: number) => new Date(Date.now() + count * 86_400_000);

/** Servers that want an account, in every state in which a person finds them. Their secrets are no secrets, so none of them can be called. */
export async function theAccounts(db: Database, { orgId, portalId, ana }: { orgId: string; portalId: string; ana: string }) {
  let position = 2;
  const add = async (name: string, auth: "oauth" | "bearer", account: "shared" | "personal", more: Partial<typeof schema.servers.$inferInsert> = {}) => {
    const url = "http://127.0.0.1:9/mcp";
    const server = await aServer(db, orgId, { name, slug: name.toLowerCase(), url, auth, lastSyncAt: new Date(), nextSyncAt: days(1), ...more });
    const tool = await aCapability(db, orgId, server.id, "tool", `${server.slug}_search`, { description: `Search ${name}` });
    await anAssignment(db, orgId, portalId, server.id, [tool], { position: position++, account });
    return server;
  };
  const linear = await add("Linear", "oauth", "personal");
  const notion = await add("Notion", "oauth", "personal");
  const drive = await add("Drive", "oauth", "personal");
  const confluence = await add("Confluence", "bearer", "personal");
  const figma = await add("Figma", "oauth", "shared");
  const asana = await add("Asana", "oauth", "shared");
  await add("Payroll", "oauth", "personal", { access: "policies" });
  const connected = (serverId: string, personId: string | null, more: Partial<typeof schema.connections.$inferInsert> = {}) => ({
    ...{
      id: newId("con"),
      orgId,
      serverId,
      personId,
      kind: "oauth" as const,
      issuer: "https://login.provider.example",
      secret: "none",
      fingerprint: "3fa91c02",
    },
    ...{ createdAt: days(-9), renews: true, ...more },
  });
  const colleagues = await db
    .select({ id: schema.people.id })
    .from(schema.people)
    .where(inArray(schema.people.email, ["bo@acme.test", "cleo@acme.test"]))
    .orderBy(schema.people.email);
  await db
    .insert(schema.connections)
    .values([
      connected(linear.id, null, { expiresAt: days(0.03) }),
      connected(linear.id, ana, { account: "ana@acme.test", expiresAt: days(0.03), lastError: "unavailable", lastErrorAt: days(-1) }),
      connected(notion.id, ana, { state: "reconnect", lastError: "reconnect", lastErrorAt: days(-1) }),
      connected(figma.id, null, { renews: false, expiresAt: days(4.2), updatedAt: days(-80) }),
      ...colleagues.map(({ id }, i) =>
        connected(linear.id, id, i === 0 ? { renews: false, expiresAt: days(3) } : { state: "reconnect", lastError: "forbidden" }),
      ),
    ]);
  const flow = { orgId, serverId: linear.id, personId: ana, isShared: false, returnTo: "", correlationId: "" };
  const who = { personId: ana, email: "ana@acme.test" };
  await recordRefusal(db, days(-1), who, flow, { kind: "failed", cause: "refused", person: "", detail: "invalid_client" });
  return { connected: linear.id, unconnected: drive.id, keyed: confluence.id, sharedMissing: asana.id, sharedEnding: figma.id };
}
