import { sql } from "drizzle-orm";
import { clients, grants, people, serviceTokens } from "@/drizzle/schema";

/** What a service token is called where a record names an app. */
export const machineClientName = "Service token";

/** Whose a grant is: a person through a client, or a service token. For queries that left-join people, clients and service tokens. */
export const holder = {
  holderId: sql<string>`coalesce(${grants.personId}, ${grants.serviceTokenId})`,
  email: sql<string>`coalesce(${people.email}, ${serviceTokens.name})`,
  clientName: sql<string>`coalesce(${clients.name}, ${sql.raw(`'${machineClientName}'`)})`,
};
