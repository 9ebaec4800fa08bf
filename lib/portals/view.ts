import { and, asc, eq, or, type SQL, sql } from "drizzle-orm";
import { assignments, blocks, groupPeople, organizations, people, policies, portalPolicies, portals, serverPolicies, servers } from "@/drizzle/schema";
import { perDatabase, prepared } from "@/lib/db/prepared";
import type { Database } from "@/lib/db/types";
import type { Person } from "@/lib/gateway/access";
import type { PortalView, ServerView } from "@/lib/gateway/types";
import { groupBy } from "@/lib/group-by";
import { toPolicy } from "@/lib/policies/stored";
import { offeredIn } from "./offered";

/** The portal named by its address, or null. The only read that finds an organization by slug instead of by context. */
export async function findPortal(db: Database, orgSlug: string, portalSlug: string) {
  const [found] = await db
    .select({
      orgId: organizations.id,
      orgSlug: organizations.slug,
      orgName: organizations.name,
      accessVersion: organizations.accessVersion,
      portalId: portals.id,
      portalSlug: portals.slug,
      portalName: portals.name,
      portalContact: portals.contact,
    })
    .from(portals)
    .innerJoin(organizations, eq(organizations.id, portals.orgId))
    .where(and(eq(organizations.slug, orgSlug), eq(portals.slug, portalSlug)))
    .limit(1);
  return found ?? null;
}

/**
 * Everything the gateway needs to know of a portal, without any person in it; null when it does not exist. `earlier`: a view of it that is
 * outdated; what has not changed since is taken from there.
 */
export async function loadPortalView(db: Database, orgId: string, portalId: string, earlier: PortalView | null = null): Promise<PortalView | null> {
  const { head, assigned, rules } = statements(db);
  const at = { orgId, portalId };
  const [[found], serversHere, rulesHere, offered] = await Promise.all([
    head.execute(at),
    assigned.execute(at),
    rules.execute(at),
    offeredIn(db, orgId, portalId, earlier),
  ]);
  if (!found) return null;
  const rulesBy = groupBy(rulesHere, ({ serverId }) => serverId ?? "");
  const policiesOf = (serverId: string) => (rulesBy.get(serverId) ?? []).map(({ policy }) => toPolicy(policy));
  return {
    org: found.org,
    portal: found.portal,
    policies: policiesOf(""),
    servers: serversHere.map(
      ({ access, ...server }): ServerView => ({
        ...server,
        declared: server.declared ?? {},
        policies: access === "portal" ? null : policiesOf(server.id),
        ...(offered.get(server.id) ?? { capabilities: [], renamed: [] }),
      }),
    ),
  };
}

const ofOrg = sql.placeholder("orgId");
const ofPortal = sql.placeholder("portalId");

/** Which policies count in a portal: its own, without a server, and those of its servers. */
function ruledIn(db: Database) {
  const here = sql<string | null>`null::text`.as("server_id");
  const own = db
    .select({ serverId: here, policyId: portalPolicies.policyId, position: portalPolicies.position })
    .from(portalPolicies)
    .where(and(eq(portalPolicies.orgId, ofOrg), eq(portalPolicies.portalId, ofPortal)));
  const ofServers = db
    .select({ serverId: sql<string | null>`${serverPolicies.serverId}`.as("server_id"), policyId: serverPolicies.policyId, position: serverPolicies.position })
    .from(serverPolicies)
    .innerJoin(assignments, and(eq(assignments.orgId, serverPolicies.orgId), eq(assignments.serverId, serverPolicies.serverId)))
    .where(and(eq(serverPolicies.orgId, ofOrg), eq(assignments.portalId, ofPortal)));
  return own.unionAll(ofServers).as("ruled");
}

const statements = perDatabase((db) => ({
  head: db
    .select({
      org: { id: organizations.id, slug: organizations.slug, name: organizations.name, accessVersion: organizations.accessVersion },
      portal: portals,
    })
    .from(portals)
    .innerJoin(organizations, eq(organizations.id, portals.orgId))
    .where(and(eq(portals.orgId, ofOrg), eq(portals.id, ofPortal)))
    .limit(1)
    .prepare("portal_head"),
  assigned: db
    .select({
      id: servers.id,
      slug: servers.slug,
      name: servers.name,
      status: servers.status,
      errorMessage: servers.errorMessage,
      instructions: servers.instructions,
      declared: servers.serverCapabilities,
      access: servers.access,
      account: assignments.account,
    })
    .from(assignments)
    .innerJoin(servers, and(eq(servers.orgId, assignments.orgId), eq(servers.id, assignments.serverId)))
    .where(and(eq(assignments.orgId, ofOrg), eq(assignments.portalId, ofPortal)))
    .orderBy(asc(assignments.position), asc(servers.id))
    .prepare("portal_servers"),
  rules: rulesOf(db, ruledIn(db)),
}));

const rulesOf = (db: Database, ruled: ReturnType<typeof ruledIn>) =>
  db
    .select({ serverId: ruled.serverId, policy: policies })
    .from(ruled)
    .innerJoin(policies, and(eq(policies.orgId, ofOrg), eq(policies.id, ruled.policyId)))
    .orderBy(asc(ruled.position), asc(policies.id))
    .prepare("portal_rules");

/** Who asks, as the policies of one organization see them. Null when the person does not exist. */
export async function loadPerson(db: Database, orgId: string, personId: string): Promise<Person | null> {
  const [person] = await personOf(db)({ orgId, personId });
  return person ?? null;
}

/** The same for an address nobody may have signed up with yet ("check a person"): taken as verified. */
export async function loadPersonByEmail(db: Database, orgId: string, email: string): Promise<Person> {
  const [found] = await addressOf(db)({ orgId, email });
  return { email, verified: true, groups: found?.groups ?? [], blocked: found?.blocked ?? false };
}

const ofEmail = sql`${sql.placeholder("email")}::text`;
// Conditions are built with `eq`: in a selection from one table, a column that stands in plain `sql` loses the name of its table.
const groupsOf = (db: Database, email: SQL | typeof people.email) =>
  sql<string[]>`array${db
    .select({ id: groupPeople.groupId })
    .from(groupPeople)
    .where(and(eq(groupPeople.orgId, ofOrg), eq(groupPeople.email, email)))}`;
const isBlocked = (db: Database, who: SQL | undefined) =>
  sql<boolean>`exists ${db
    .select({ id: blocks.id })
    .from(blocks)
    .where(and(eq(blocks.orgId, ofOrg), who))}`;

// One statement, since every person's first request after a change asks this.
const personOf = perDatabase((db) => {
  const verified = sql<boolean>`${people.emailVerifiedAt} is not null`;
  const blocked = isBlocked(db, or(eq(blocks.email, people.email), eq(blocks.personId, people.id)));
  const query = db
    .select({ email: people.email, verified: verified.as("verified"), groups: groupsOf(db, people.email).as("groups"), blocked: blocked.as("blocked") })
    .from(people)
    .where(eq(people.id, sql.placeholder("personId")));
  return prepared<Person>(db, "portal_person", query.toSQL());
});

const addressOf = perDatabase((db) => {
  const query = db
    .select({ groups: groupsOf(db, ofEmail).as("groups"), blocked: isBlocked(db, eq(blocks.email, ofEmail)).as("blocked") })
    .from(sql`(values (1)) as one`);
  return prepared<Pick<Person, "groups" | "blocked">>(db, "portal_address", query.toSQL());
});
