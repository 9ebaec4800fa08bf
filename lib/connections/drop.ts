import { and, eq } from "drizzle-orm";
import { connectFlows, connections, upstreamClients } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { clientsOf } from "./clients";

type ServerRef = { orgId: string; serverId: string };

/** Ends a server's connections, all or those of a kind, and whoever is on the way to one; returns how many. The caller raises the access version. */
export async function dropConnections(tx: Database, { orgId, serverId }: ServerRef, kind?: "oauth"): Promise<number> {
  await tx.delete(connectFlows).where(and(eq(connectFlows.orgId, orgId), eq(connectFlows.serverId, serverId)));
  const here = and(eq(connections.orgId, orgId), eq(connections.serverId, serverId), kind && eq(connections.kind, kind));
  return (await tx.delete(connections).where(here).returning({ id: connections.id })).length;
}

/** The same, and forgets what Gatehouse is known as there: what belongs to one issuer is no business of the next (UP-12, UP-20). */
export async function dropOAuth(tx: Database, ref: ServerRef): Promise<number> {
  await tx.delete(upstreamClients).where(clientsOf(ref));
  return dropConnections(tx, ref, "oauth");
}

/** Everything that a person connected in an organization (TN-09). */
export async function dropConnectionsOfPerson(tx: Database, orgId: string, personId: string): Promise<number> {
  await tx.delete(connectFlows).where(and(eq(connectFlows.orgId, orgId), eq(connectFlows.personId, personId)));
  const theirs = and(eq(connections.orgId, orgId), eq(connections.personId, personId));
  return (await tx.delete(connections).where(theirs).returning({ id: connections.id })).length;
}
