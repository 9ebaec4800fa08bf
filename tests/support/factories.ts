import { randomBytes } from "node:crypto";
import * as schema from "@/drizzle/schema";
import type { CapabilityKind, JsonObject, PolicyRule } from "@/drizzle/schema/servers";
import type { OrgContext } from "@/lib/auth/context";
import type { Role } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { hashToken, newId, newToken } from "@/lib/ids";

// Rows that a test starts from, written straight into the tables. Every call makes rows of its own; nothing is shared.
const unique = () => randomBytes(4).toString("hex");

export async function aPerson(db: Database, more: Partial<typeof schema.people.$inferInsert> = {}) {
  const [person] = await db
    .insert(schema.people)
    .values({ id: newId("per"), email: `p-${unique()}@acme.test`, emailVerifiedAt: new Date(), name: "Ana", ...more })
    .returning();
  return person as NonNullable<typeof person>;
}

/** An organization with one owner, and the owner's context. */
export async function anOrg(db: Database, more: Partial<typeof schema.organizations.$inferInsert> = {}) {
  const [org] = await db
    .insert(schema.organizations)
    .values({ id: newId("org"), slug: `org-${unique()}`, name: "Acme", ...more })
    .returning();
  const owner = await aPerson(db);
  const found = org as NonNullable<typeof org>;
  await aMember(db, found.id, owner.id, "owner");
  return { org: found, owner, ctx: contextOf(db, found, owner, "owner") };
}

export async function aMember(db: Database, orgId: string, personId: string, role: Role) {
  await db.insert(schema.members).values({ orgId, personId, role });
}

export function contextOf(db: Database, org: { id: string; slug: string; name: string }, person: { id: string; email: string }, role: Role): OrgContext {
  return { db, org: { id: org.id, slug: org.slug, name: org.name }, actor: { personId: person.id, email: person.email, role }, now: new Date() };
}

export async function aServer(db: Database, orgId: string, more: Partial<typeof schema.servers.$inferInsert> = {}) {
  const slug = `s${unique()}`;
  const [server] = await db
    .insert(schema.servers)
    .values({ id: newId("srv"), orgId, slug, name: slug, url: "http://127.0.0.1:9/mcp", status: "ready", transport: "streamable_http", era: "legacy", ...more })
    .returning();
  return server as NonNullable<typeof server>;
}

/** An approved capability, unless `approvedFingerprint` says otherwise. */
export async function aCapability(
  db: Database,
  orgId: string,
  serverId: string,
  kind: CapabilityKind,
  name: string,
  more: Partial<typeof schema.capabilities.$inferInsert> = {},
) {
  const key = kind === "resource" ? { uri: name, name } : kind === "template" ? { uriTemplate: name, name } : { name };
  const definition: JsonObject = kind === "tool" ? { ...key, description: `does ${name}`, inputSchema: { type: "object" } } : key;
  const fingerprint = unique();
  const [capability] = await db
    .insert(schema.capabilities)
    .values({
      id: newId("cap"),
      orgId,
      serverId,
      kind,
      name,
      definition,
      fingerprint,
      approvedFingerprint: fingerprint,
      approvedDefinition: definition,
      ...more,
    })
    .returning();
  return capability as NonNullable<typeof capability>;
}

export async function aPortal(db: Database, orgId: string, more: Partial<typeof schema.portals.$inferInsert> = {}) {
  const slug = `p-${unique()}`;
  const [portal] = await db
    .insert(schema.portals)
    .values({ id: newId("ptl"), orgId, slug, name: slug, ...more })
    .returning();
  return portal as NonNullable<typeof portal>;
}

/** Assigns the server and switches the given capabilities on under their own names. */
export async function anAssignment(
  db: Database,
  orgId: string,
  portalId: string,
  serverId: string,
  on: { id: string; kind: CapabilityKind; name: string }[] = [],
  more: { prefixed?: boolean; position?: number; account?: "shared" | "personal" } = {},
) {
  await db.insert(schema.assignments).values({ orgId, portalId, serverId, prefixed: false, position: 0, ...more });
  for (const capability of on) {
    await db
      .insert(schema.toggles)
      .values({ orgId, portalId, serverId, capabilityId: capability.id, kind: capability.kind, enabled: true, exposedName: capability.name });
  }
}

export async function aPolicy(db: Database, orgId: string, include: PolicyRule[], more: Partial<typeof schema.policies.$inferInsert> = {}) {
  const [policy] = await db
    .insert(schema.policies)
    .values({ id: newId("pol"), orgId, name: `policy ${unique()}`, action: "allow", include, ...more })
    .returning();
  return policy as NonNullable<typeof policy>;
}

export async function attachToPortal(db: Database, orgId: string, portalId: string, ...policyIds: string[]) {
  await db.insert(schema.portalPolicies).values(policyIds.map((policyId, position) => ({ orgId, portalId, policyId, position })));
}

export async function aClient(db: Database, more: Partial<typeof schema.clients.$inferInsert> = {}) {
  const [client] = await db
    .insert(schema.clients)
    .values({ id: newId("cli"), kind: "dcr", name: "Test client", redirectUris: ["http://127.0.0.1/callback"], ...more })
    .returning();
  return client as NonNullable<typeof client>;
}

/** A live grant with one access token, whose clear text is returned. */
export async function aGrant(
  db: Database,
  portal: { id: string; orgId: string },
  personId: string,
  resource: string,
  more: Partial<typeof schema.grants.$inferInsert> = {},
) {
  const client = await aClient(db);
  const hour = new Date(Date.now() + 3_600_000);
  const grant = {
    id: newId("gnt"),
    orgId: portal.orgId,
    portalId: portal.id,
    personId,
    clientId: client.id,
    scope: "mcp",
    resource,
    redirectUri: "http://127.0.0.1/callback",
    expiresAt: hour,
    ...more,
  };
  await db.insert(schema.grants).values(grant);
  const token = newToken("gha");
  await db.insert(schema.accessTokens).values({ tokenHash: hashToken(token), grantId: grant.id, expiresAt: hour });
  return { grant, client, token };
}
