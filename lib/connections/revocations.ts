import { and, eq } from "drizzle-orm";
import { connections, people } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { type ConnectionStore, disconnectUpstream, type UpstreamConnection } from "@/lib/mcp/upstream-auth";
import { reportFault } from "@/lib/report";
import { authPorts, loadConnection } from "./connection";

const together = 8;

/** Of an organization, or of one person wherever they are. */
export type Whose =
  | { orgId: string; serverId?: string; personId?: string; email?: string }
  | { orgId?: undefined; serverId?: undefined; personId: string; email?: undefined };

/**
 * What has to be revoked at providers once these connections are gone here (UP-17): read before they go, run after the change is certain.
 * A provider that does not answer is not asked again; the tokens are gone here whatever it says.
 */
export async function revocationsOf(db: Database, of: Whose): Promise<() => Promise<void>> {
  const rows = await db
    .select({ orgId: connections.orgId, serverId: connections.serverId, personId: connections.personId })
    .from(connections)
    .leftJoin(people, eq(people.id, connections.personId))
    .where(
      and(
        of.orgId === undefined ? undefined : eq(connections.orgId, of.orgId),
        eq(connections.kind, "oauth"),
        of.serverId === undefined ? undefined : eq(connections.serverId, of.serverId),
        of.personId === undefined ? undefined : eq(connections.personId, of.personId),
        of.email === undefined ? undefined : eq(people.email, of.email),
      ),
    )
    .limit(1_000);
  const remembered: UpstreamConnection[] = [];
  for (const row of rows) {
    const found = await remember(db, row);
    if (found) remembered.push(found);
  }
  return async () => {
    for (let from = 0; from < remembered.length; from += together) {
      await Promise.all(remembered.slice(from, from + together).map((connection) => disconnectUpstream(connection, authPorts()).catch(report)));
    }
  };
}

/** A connection with what it holds now, whatever becomes of its rows; one whose seal is broken can be revoked nowhere (CR-04). */
async function remember(db: Database, ref: { orgId: string; serverId: string; personId: string | null }): Promise<UpstreamConnection | null> {
  try {
    const connection = await loadConnection(db, ref);
    const credential = await connection?.store.loadCredential();
    if (!connection || !credential) return null;
    const client = await connection.store.loadClient(credential.issuer);
    const store: ConnectionStore = {
      ...connection.store,
      loadCredential: async () => credential,
      loadClient: async () => client,
      dropCredential: async () => {},
    };
    return { ...connection, store };
  } catch (error) {
    report(error);
    return null;
  }
}

const report = (error: unknown) => void reportFault(error, { during: "revoking a connection at its provider" });
