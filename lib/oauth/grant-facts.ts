import { and, eq } from "drizzle-orm";
import { clients, grants, people, portals, serviceTokens } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { holder } from "./holder";
import { clientLabel } from "./client-mark";

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
      correlationId: grants.correlationId,
      isDoctor: grants.isDoctor,
    })
    .from(grants)
    .innerJoin(portals, eq(portals.id, grants.portalId))
    .leftJoin(clients, eq(clients.id, grants.clientId))
    .leftJoin(people, eq(people.id, grants.personId))
    .leftJoin(serviceTokens, and(eq(serviceTokens.orgId, grants.orgId), eq(serviceTokens.id, grants.serviceTokenId)))
    .where(eq(grants.id, grantId))
    .limit(1);
  if (!found) return {};
  const { isDoctor, clientName, correlationId, ...facts } = found;
  return { ...facts, clientName: clientLabel({ clientName, isDoctor }), correlationId: correlationId || grantId };
}
