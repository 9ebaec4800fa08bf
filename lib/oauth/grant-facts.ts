import { and, eq } from "drizzle-orm";
import { clients, grants, people, portals, serviceTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { holder } from "./holder";

/** What an access event says about a grant: names are copied, so the event outlives what it names. */
export async function grantFacts(tx: Database, grantId: string) {
  const [found] = await tx
    .select({
      orgId: grants.orgId,
      personId: holder.holderId,
      email: holder.email,
      portalId: grants.portalId,
      portalName: portals.name,
      clientId: grants.clientId,
      clientName: holder.clientName,
    })
    .from(grants)
    .innerJoin(portals, eq(portals.id, grants.portalId))
    .leftJoin(clients, eq(clients.id, grants.clientId))
    .leftJoin(people, eq(people.id, grants.personId))
    .leftJoin(serviceTokens, and(eq(serviceTokens.orgId, grants.orgId), eq(serviceTokens.id, grants.serviceTokenId)))
    .where(eq(grants.id, grantId))
    .limit(1);
  return { ...found, correlationId: grantId };
}
