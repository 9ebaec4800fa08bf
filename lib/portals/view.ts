import { and, asc, eq, inArray, isNull, ne, or, sql } from "drizzle-orm";
import {
  assignments,
  blocks,
  capabilities,
  groupPeople,
  organizations,
  people,
  policies,
  portalPolicies,
  portals,
  serverPolicies,
  servers,
  toggles,
} from "@/drizzle/schema";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { Database } from "@/lib/db/types";
import type { Person } from "@/lib/gateway/access";
import type { CapabilityView, PortalView, ServerView } from "@/lib/gateway/types";
import { groupBy } from "@/lib/group-by";
import { toPolicy } from "@/lib/policies/stored";

/** Approved, unchanged, present and on: nothing else is ever served (design 4.9). */
const isServed = sql<
  boolean | null
>`(${toggles.enabled} and ${capabilities.approvedFingerprint} = ${capabilities.fingerprint} and ${isNull(capabilities.missingSince)})`;
const isRenamedUri = and(inArray(capabilities.kind, ["resource", "template"]), ne(toggles.exposedName, capabilities.name));

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

/** Everything the gateway needs to know of a portal, without any person in it; null when it does not exist. */
export async function loadPortalView(db: Database, orgId: string, portalId: string): Promise<PortalView | null> {
  const [head, attached, assigned, serverRules, offered] = await Promise.all([
    db
      .select({
        org: { id: organizations.id, slug: organizations.slug, name: organizations.name, accessVersion: organizations.accessVersion },
        portal: portals,
      })
      .from(portals)
      .innerJoin(organizations, eq(organizations.id, portals.orgId))
      .where(and(eq(portals.orgId, orgId), eq(portals.id, portalId)))
      .limit(1),
    db
      .select({ policy: policies })
      .from(portalPolicies)
      .innerJoin(policies, and(eq(policies.orgId, portalPolicies.orgId), eq(policies.id, portalPolicies.policyId)))
      .where(and(eq(portalPolicies.orgId, orgId), eq(portalPolicies.portalId, portalId)))
      .orderBy(asc(portalPolicies.position), asc(policies.id)),
    db
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
      .where(and(eq(assignments.orgId, orgId), eq(assignments.portalId, portalId)))
      .orderBy(asc(assignments.position), asc(servers.id)),
    db
      .select({ serverId: serverPolicies.serverId, policy: policies })
      .from(serverPolicies)
      .innerJoin(policies, and(eq(policies.orgId, serverPolicies.orgId), eq(policies.id, serverPolicies.policyId)))
      .innerJoin(
        assignments,
        and(eq(assignments.orgId, serverPolicies.orgId), eq(assignments.serverId, serverPolicies.serverId), eq(assignments.portalId, portalId)),
      )
      .where(eq(serverPolicies.orgId, orgId))
      .orderBy(asc(serverPolicies.position), asc(policies.id)),
    db
      .select({
        id: capabilities.id,
        serverId: capabilities.serverId,
        kind: capabilities.kind,
        name: capabilities.name,
        exposedName: toggles.exposedName,
        text: sql<string>`${capabilities.definition}::text`,
        isServed,
      })
      .from(toggles)
      .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
      .where(and(eq(toggles.orgId, orgId), eq(toggles.portalId, portalId), or(isServed, isRenamedUri)))
      .orderBy(asc(capabilities.position), asc(capabilities.id)),
  ]);
  const [found] = head;
  if (!found) return null;
  const byServer = groupBy(offered, (row) => row.serverId);
  const rulesByServer = groupBy(serverRules, (row) => row.serverId);
  return {
    org: found.org,
    portal: found.portal,
    policies: attached.map((row) => toPolicy(row.policy)),
    servers: assigned.map(
      ({ access, ...server }): ServerView => ({
        ...server,
        declared: server.declared ?? {},
        policies: access === "portal" ? null : (rulesByServer.get(server.id) ?? []).map((row) => toPolicy(row.policy)),
        ...capabilityViews(byServer.get(server.id) ?? []),
      }),
    ),
  };
}

type Offered = Omit<CapabilityView, "definition"> & { text: string; isServed: boolean | null };

function capabilityViews(rows: readonly Offered[]): Pick<ServerView, "capabilities" | "renamed"> {
  return {
    capabilities: rows
      .filter((row) => row.isServed === true)
      .map(({ id, kind, name, exposedName, text }) => ({ id, kind, name, exposedName, text, definition: JSON.parse(text) as JsonObject })),
    renamed: rows
      .filter(({ kind, name, exposedName }) => (kind === "resource" || kind === "template") && name !== exposedName)
      .map(({ kind, name, exposedName }) => ({ kind, name, exposedName })),
  };
}

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
