import { eq } from "drizzle-orm";
import { clients, grants, people, portals } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";

/** What an access event says about a grant: names are copied, so the event outlives what it names. */
export async function grantFacts(tx: Database, grantId: string) {
  const [found] = await tx
    .select({
      orgId: grants.orgId,
      personId: grants.personId,
      email: people.email,
      portalId: grants.portalId,
      portalName: portals.name,
      clientId: grants.clientId,
      clientName: clients.name,
    })
    .from(grants)
    .innerJoin(people, eq(people.id, grants.personId))
    .innerJoin(portals, eq(portals.id, grants.portalId))
    .innerJoin(clients, eq(clients.id, grants.clientId))
    .where(eq(grants.id, grantId))
    .limit(1);
  return { ...found, correlationId: grantId };
}
