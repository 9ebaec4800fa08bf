import { and, asc, eq, or, sql } from "drizzle-orm";
import { assignments, blocks, groupPeople, organizations, people, policies, portalPolicies, portals, serverPolicies, servers } from "@/drizzle/schema";
import { perDatabase } from "@/lib/db/prepared";
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
  const { head, attached, assigned, serverRules } = statements(db);
  const at = { orgId, portalId };
  const [[found], policiesHere, serversHere, rules, offered] = await Promise.all([
    head.execute(at),
    attached.execute(at),
    assigned.execute(at),
    serverRules.execute(at),
    offeredIn(db, orgId, portalId, earlier),
  ]);
  if (!found) return null;
  const rulesByServer = groupBy(rules, (row) => row.serverId);
  return {
    org: found.org,
    portal: found.portal,
    policies: policiesHere.map((row) => toPolicy(row.policy)),
    servers: serversHere.map(
      ({ access, ...server }): ServerView => ({
        ...server,
        declared: server.declared ?? {},
        policies: access === "portal" ? null : (rulesByServer.get(server.id) ?? []).map((row) => toPolicy(row.policy)),
        ...(offered.get(server.id) ?? { capabilities: [], renamed: [] }),
      }),
    ),
  };
}

const ofOrg = sql.placeholder("orgId");
const ofPortal = sql.placeholder("portalId");

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
  attached: db
    .select({ policy: policies })
    .from(portalPolicies)
    .innerJoin(policies, and(eq(policies.orgId, portalPolicies.orgId), eq(policies.id, portalPolicies.policyId)))
    .where(and(eq(portalPolicies.orgId, ofOrg), eq(portalPolicies.portalId, ofPortal)))
    .orderBy(asc(portalPolicies.position), asc(policies.id))
    .prepare("portal_policies"),
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
  serverRules: db
    .select({ serverId: serverPolicies.serverId, policy: policies })
    .from(serverPolicies)
    .innerJoin(policies, and(eq(policies.orgId, serverPolicies.orgId), eq(policies.id, serverPolicies.policyId)))
    .innerJoin(
      assignments,
      and(eq(assignments.orgId, serverPolicies.orgId), eq(assignments.serverId, serverPolicies.serverId), eq(assignments.portalId, ofPortal)),
    )
    .where(eq(serverPolicies.orgId, ofOrg))
    .orderBy(asc(serverPolicies.position), asc(policies.id))
    .prepare("portal_server_policies"),
}));

/** Who asks, as the policies of one organization see them. Null when the person does not exist. */
export async function loadPerson(db: Database, orgId: string, personId: string): Promise<Person | null> {
  const [person] = await db.select({ email: people.email, verifiedAt: people.emailVerifiedAt }).from(people).where(eq(people.id, personId)).limit(1);
  if (!person) return null;
  const [groups, blocked] = await Promise.all([groupsOf(db, orgId, person.email), isBlocked(db, orgId, person.email, personId)]);
  return { email: person.email, verified: person.verifiedAt !== null, groups, blocked };
}

/** The same for an address nobody may have signed up with yet ("check a person"): taken as verified. */
export async function loadPersonByEmail(db: Database, orgId: string, email: string): Promise<Person> {
  const [groups, blocked] = await Promise.all([groupsOf(db, orgId, email), isBlocked(db, orgId, email, null)]);
  return { email, verified: true, groups, blocked };
}

async function groupsOf(db: Database, orgId: string, email: string): Promise<string[]> {
  const found = await db
    .select({ id: groupPeople.groupId })
    .from(groupPeople)
    .where(and(eq(groupPeople.orgId, orgId), eq(groupPeople.email, email)));
  return found.map((row) => row.id);
}

async function isBlocked(db: Database, orgId: string, email: string, personId: string | null): Promise<boolean> {
  const who = personId ? or(eq(blocks.email, email), eq(blocks.personId, personId)) : eq(blocks.email, email);
  const found = await db
    .select({ id: blocks.id })
    .from(blocks)
    .where(and(eq(blocks.orgId, orgId), who))
    .limit(1);
  return found.length > 0;
}
